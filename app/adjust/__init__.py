"""Post-hoc logit adjusters, their exact parameter paths and decision cells."""
