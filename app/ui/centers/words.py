"""Names and sentences of the page /centers."""

PAGE = "centers"

FRAME_WORDS = {"fixed": "Fixed, lengths 1", "learned": "Learned lengths"}

LOOK_WORDS = {"mean": "All classes, on average", "last": "The last class"}

LEAD = (
    "Give small classes more centers, train free features towards them, and see where features "
    "go (NCMC), what more centers buy, and what the decision rules make of it."
)

FRAME_TEXT = (
    "Every class k has a **class vector** w and f **centers** around it. A center leaves the class "
    "vector for an **arm** v of its own: center = cos θ · v + sin θ · w. All w and v are at right "
    "angles, so centers of different classes are too. At θ = 0 centers know nothing of their class "
    "vector; at π/2 all of them are the class vector. The **mean** of f centers lies closer to w "
    "than each of them, the more the larger f: averaging cancels the arms and keeps w."
)

TRIANGLE_TEXT = (
    "Three decision vectors at right angles and features around their mean (violet), whose label "
    "is anybody's guess: exact in three dimensions, seen along the diagonal. With one vector a "
    "class each class gets a third. If class 2 owns two of the three vectors it gets two thirds "
    "under GCR, whatever the true labels are: more centers only shift the guess."
)
