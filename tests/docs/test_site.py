"""The site of docs/: no warning, no dead link, nothing from outside."""

import html.parser
import pathlib
import re
import shutil
import subprocess
import sys
import tomllib
import urllib.parse

import pytest

import keras_colorize

ROOT = pathlib.Path(__file__).parents[2]
SITE = "build/site"
# Tags that make a browser fetch something.
FETCHING = {"img": "src", "script": "src", "link": "href", "source": "src"}


class Page(html.parser.HTMLParser):
    """Collects what a page links to, fetches, and can be linked at."""

    def __init__(self, text):
        super().__init__()
        self.links, self.fetched, self.anchors = [], [], set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.anchors.update({attrs.get("id"), attrs.get("name")} - {None})
        if tag == "a" and attrs.get("href"):
            self.links.append(attrs["href"])
        if tag in FETCHING and attrs.get(FETCHING[tag]):
            rel = attrs.get("rel", "")
            if rel not in ("canonical", "prev", "next", "alternate"):
                self.fetched.append(attrs[FETCHING[tag]])


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Builds the site of a copy, and gives its folder and what was said."""
    pytest.importorskip("zensical", reason="the docs extra builds the site")
    root = tmp_path_factory.mktemp("project")
    shutil.copy2(ROOT / "zensical.toml", root)
    ignored = shutil.ignore_patterns("__pycache__", "weights", "web")
    for folder in ("docs", "keras_colorize"):
        shutil.copytree(ROOT / folder, root / folder, ignore=ignored)
    command = [sys.executable, "-m", "zensical", "build", "--strict"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    return root / SITE, said


@pytest.fixture(scope="module")
def pages(site):
    return {
        path.relative_to(site[0]).as_posix(): Page(path.read_text("utf-8"))
        for path in site[0].rglob("*.html")
    }


def test_nothing_is_complained_about(site):
    lines = [line for line in site[1].splitlines() if line.strip()]
    said = [
        line
        for line in lines
        if not re.match(r"Build (started|finished)|No issues found", line)
    ]
    assert said == []


def test_links_and_anchors_within_the_site_exist(site, pages):
    folder = site[0]
    for name, page in pages.items():
        if name == "404.html":
            continue  # written for any depth: links begin at the root
        for link in page.links + page.fetched:
            parts = urllib.parse.urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            path = folder / name
            if parts.path:
                path = path.parent / urllib.parse.unquote(parts.path)
            path = path.resolve()
            assert path.exists(), f"{name}: {link}"
            anchor = urllib.parse.unquote(parts.fragment)
            if anchor and path.suffix == ".html":
                target = path.relative_to(folder.resolve()).as_posix()
                assert anchor in pages[target].anchors, f"{name}: {link}"


def test_nothing_is_fetched_from_elsewhere(pages):
    for name, page in pages.items():
        for address in page.fetched:
            assert not address.startswith(("http:", "https:", "//")), (
                f"{name}: {address}"
            )


def test_each_page_is_in_the_navigation():
    config = tomllib.loads((ROOT / "zensical.toml").read_text("utf-8"))
    listed = set(re.findall(r"'([\w/-]+\.md)'", repr(config["project"]["nav"])))
    docs = ROOT / "docs"
    written = {p.relative_to(docs).as_posix() for p in docs.rglob("*.md")}
    assert listed == written


def test_public_names_are_in_the_api_reference(pages):
    anchors = set().union(
        *(p.anchors for n, p in pages.items() if n.startswith("api/"))
    )
    documented = {anchor.rsplit(".")[-1] for anchor in anchors}
    public = set(keras_colorize.__all__) - {"__version__"}
    assert public <= documented


@pytest.mark.parametrize(
    "package", ["color", "layers", "losses", "metrics", "data", "encoders"]
)
def test_modules_of_the_core_are_in_the_api_reference(pages, package):
    anchors = set().union(*(page.anchors for page in pages.values()))
    folder = ROOT / "keras_colorize" / package
    for path in folder.glob("*.py"):
        if path.stem != "__init__":
            assert f"keras_colorize.{package}.{path.stem}" in anchors
