"""Lists as text."""

from app.ui.lists import grouped


def test_equal_neighbours_stand_together():
    assert grouped(["50", "50", "5", "50"]) == "2 × 50, 5, 50"
    assert grouped([]) == ""
