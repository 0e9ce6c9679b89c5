import pytest

from capstone_assets.orchestration.markdown import plain


@pytest.mark.parametrize(
    ("title", "escaped"),
    [
        ("![x](http://evil.example/x.png)", r"\!\[x\]\(http://evil.example/x.png\)"),
        ("<img src=x>", "&lt;img src=x>"),
        ("A | B\n# C", r"A \| B \# C"),
        ("*batteries not included", r"\*batteries not included"),
        ("Face/Off & \\ `code`", r"Face/Off &amp; \\ \`code\`"),
        ("Amélie 2001", "Amélie 2001"),
    ],
)
def test_a_title_is_text_and_never_markup(title, escaped):
    assert plain(title) == escaped
