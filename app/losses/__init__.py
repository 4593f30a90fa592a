"""Training losses for long-tailed data."""

from app.losses.form import LossForm, class_temperatures, loss_form

__all__ = ["LossForm", "class_temperatures", "loss_form"]
