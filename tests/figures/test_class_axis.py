from app.figures.class_axis import class_ids, class_ticks

MARKUP = "<b>a</b> & b"


def test_every_class_has_a_category_of_its_own():
    assert class_ids(["cat", "dog"]) == ["cat", "dog"]
    twins = class_ids(["cat", "dog", "cat"])
    assert len(set(twins)) == 3
    assert twins[0].startswith("cat")


def test_names_are_text():
    (name,) = class_ids([MARKUP])
    assert not set("<>&") & set(name)


def test_long_names_are_cut_at_the_ticks_alone():
    names = ["cat", "a very long name indeed"]
    assert class_ids(names) == names
    (alias,) = class_ticks(names)["labelalias"].items()
    assert alias == ("a very long name indeed", "a very long n…")
