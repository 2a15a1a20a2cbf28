"""Credits of training photos: lists, what is refused, the text."""

import pytest

from keras_colorize.data import credits
from keras_colorize.data.credits import PhotoCredit


def photo(file, terms="CC0-1.0", **facts):
    return PhotoCredit(
        file=file,
        **{"set": "s", "source": "example.org", "terms": terms, **facts},
    )


def write_list(path, *lines, head="file,set,source,terms,author,title,url"):
    path.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return path


def test_a_list_is_read_row_by_row_other_columns_ignored(tmp_path):
    path = write_list(
        tmp_path / "c.csv",
        "p/a.jpg,flowers,example.org,CC BY 2.0,7,Zoë,,http://x/1",
        "p/b.jpg,clothes,example.org,CC0-1.0,7,,,",
        head="file,set,source,terms,width,author,title,url",
    )
    assert credits.read_credit_list(path) == [
        PhotoCredit(
            "p/a.jpg",
            "flowers",
            "example.org",
            "CC BY 2.0",
            author="Zoë",
            url="http://x/1",
        ),
        PhotoCredit("p/b.jpg", "clothes", "example.org", "CC0-1.0"),
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("a.jpg,s,example.org,,,,", "line 2 without terms"),
        ("a.jpg,s,example.org,CC BY 2.0,,,", "'a.jpg' with neither"),
        ("a.jpg,s,example.org,CC BY-SA 4.0,,t,", "'a.jpg' with neither"),
        (
            "a.jpg,s,x.org,MIT,,,\na.jpg,s,x.org,MIT,,,",
            "1 more often, such as 'a.jpg'",
        ),
    ],
)
def test_rows_that_credit_nobody_are_refused(tmp_path, line, said):
    with pytest.raises(ValueError, match="Received") as error:
        credits.read_credit_list(write_list(tmp_path / "c.csv", line))
    assert said in str(error.value)


def test_a_list_that_a_spreadsheet_has_saved_is_read(tmp_path):
    path = write_list(tmp_path / "c.csv", "a.jpg,s,x.org,MIT,Zoë,,")
    text = path.read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8-sig")
    (row,) = credits.read_credit_list(path)
    assert (row.file, row.author) == ("a.jpg", "Zoë")
    path.write_text(text, encoding="latin-1")
    with pytest.raises(ValueError, match=r"UTF-8, .*Received: .*c\.csv"):
        credits.read_credit_list(path)


def test_a_list_without_a_needed_column_is_refused(tmp_path):
    path = write_list(tmp_path / "c.csv", "a,b", head="file,set")
    with pytest.raises(ValueError, match="without source, terms, with file"):
        credits.read_credit_list(path)


def test_credits_come_in_the_order_of_the_photos_and_for_all_of_them():
    known = [photo("a"), photo("b"), photo("c")]
    assert credits.credits_of(["c", "a"], known) == [known[2], known[0]]
    with pytest.raises(ValueError, match="2 of 3 photos .* 'x', 'y'"):
        credits.credits_of(["x", "a", "y"], known)


def test_lists_that_credit_a_photo_otherwise_are_refused():
    known = [photo("a", author="A"), photo("b"), photo("a", author="B")]
    with pytest.raises(ValueError, match="1 photos .* such as 'a'"):
        credits.credits_of(["b", "a"], known)
    assert credits.credits_of(["b"], known) == [known[1]]  # none of ours
    assert credits.credits_of(["a"], [known[0]] * 2) == [known[0]]


@pytest.mark.parametrize("terms", credits.OPEN_TERMS)
def test_open_terms_pass(terms):
    credits.check_open([photo("a", terms)])


@pytest.mark.parametrize(
    "terms", ["CC BY-SA 4.0", "CC BY-NC 2.0", "CC BY-ND 2.0", "research", "?"]
)
def test_terms_that_bind_are_not_open(terms):
    with pytest.raises(ValueError, match="1 of s "):
        credits.check_open([photo("a"), photo("b", terms)])


def test_the_text_counts_sets_and_names_people_once():
    rows = [
        photo("1", "CC BY 2.0", url="http://f/id=12", author="B", title="T"),
        photo("2", "CC BY 2.0", url="http://f/id=34", author="A"),
        photo("3", "CC BY 2.0", url="http://f/id=34", author="A"),  # a crop
        photo("4", "CC BY 2.0", url="http://f/id=56"),
        photo("5", set="z"),
        photo("6", "CC BY 4.0", set="z", author="C and D"),
        photo("7", "CC BY 4.0", set="z", author="C and D"),
    ]
    text = credits.credits_text("lite.x", rows, note="And more.")
    assert text.startswith("# Credits: the photos that lite.x was trained on")
    assert "7 photos" in text and "\nAnd more.\n" in text
    by = "[CC BY 2.0](https://creativecommons.org/licenses/by/2.0/)"
    assert f"| s | 4 | {by} | example.org |" in text
    assert "| z | 1 | [CC0-1.0](" in text
    assert "\n- B: “T” 12\n" in text
    assert "\n- A: 34\n" in text  # once
    assert "\n56\n" in text
    assert "Each address begins with http://f/id=\n" in text
    assert text.count("C and D") == 1
    assert "## z, CC0" not in text  # nobody to name


def test_long_lists_are_broken_between_addresses():
    rows = [
        photo(str(n), "Pexels", url=f"http://f/{n}", author="A")
        for n in range(1000, 1040)
    ]
    lines = credits.credits_text("x", rows).splitlines()
    (first,) = [i for i, line in enumerate(lines) if line.startswith("- A:")]
    listed = lines[first:]
    assert max(map(len, listed)) <= 80 and len(listed) > 2
    assert all(line.startswith("  ") for line in listed[1:])
    numbers = " ".join(listed).removeprefix("- A: ").split(", ")
    assert [int(n) for n in numbers] == list(range(1000, 1040))


def test_addresses_are_shortened_at_a_separator_alone():
    rows = [
        photo(str(n), "Pexels", url=f"http://f/photo/{n}") for n in (123, 124)
    ]
    text = credits.credits_text("x", rows)
    assert "\n123, 124\n" in text
    alone = credits.credits_text("x", rows[:1])
    assert "http://f/photo/123" in alone and "begins with" not in alone


def test_titles_of_photos_without_an_address_are_told():
    rows = [
        photo("1", "CC BY 2.0", author="A", title="One"),
        photo("2", "CC BY 2.0", author="A", title="Two"),
        photo("3", "CC BY 2.0", author="A", title="Two"),  # a crop
        photo("4", "CC BY 2.0", author="B"),
        photo("5", title="of nobody"),
    ]
    text = credits.credits_text("x", rows)
    assert text.endswith("\n\n- A: “One”, “Two”\n- B\n")


def test_an_address_that_all_begin_with_is_told_in_full():
    rows = [photo("1", url="http://f/a/"), photo("2", url="http://f/a/b")]
    text = credits.credits_text("x", rows)
    assert text.endswith("begins with http://f/a/\n\nhttp://f/a/, b\n")


def test_names_are_shown_as_they_are_in_markdown():
    rows = [
        photo(
            "1",
            set="a|b",
            author="_snow_white_ <b>*",
            title="[t](x)",
            url="u_v",
        )
    ]
    text = credits.credits_text("x", rows)
    assert "| a\\|b | 1 |" in text
    assert "- \\_snow_white\\_ \\<b\\>\\*: “\\[t\\](x)” u_v\n" in text
