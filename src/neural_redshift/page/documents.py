"""Documents of the project as HTML."""

import re

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token


def markdown(text: str, deeper: int = 1) -> str:
    """A document as HTML, without its title, its headings `deeper` levels down.

    Markup inside is shown and not obeyed; a link into the project, which lies outside of the page's folder, is text.
    """
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(text)
    if [token.type for token in tokens[:1]] == ["heading_open"] and tokens[0].tag == "h1":
        tokens = tokens[3:]
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{int(token.tag[1:]) + deeper}"
        elif token.type == "inline":
            token.children = _only_outside_links(token.children or [])
    return parser.renderer.render(tokens, parser.options, {})


def cite(citation: str) -> dict[str, str]:
    """The paper and its BibTeX entry from the text of a CITATION.cff."""
    about = yaml.safe_load(citation)
    paper = about["preferred-citation"]
    authors = [f"{author['given-names']} {author['family-names']}" for author in paper["authors"]]
    key = f"{paper['authors'][0]['family-names'].lower()}{paper['year']}{_first_word(paper['title'])}"
    fields = {
        "title": paper["title"],
        "author": " and ".join(authors),
        "booktitle": paper["collection-title"],
        "year": paper["year"],
    }
    entry = ",\n".join(f"  {name:<9} = {{{value}}}" for name, value in fields.items())
    return {
        "paper": f"{', '.join(authors)}. {paper['title']}. {paper['collection-title']}, {paper['year']}.",
        "artifact": f"{about['title']}, version {about['version']} ({about['license']} licence).",
        "bibtex": f"@inproceedings{{{key},\n{entry}\n}}",
    }


def _only_outside_links(tokens: list[Token]) -> list[Token]:
    kept: list[Token] = []
    outside: list[bool] = []  # of the links that are open
    for token in tokens:
        if token.type == "link_open":
            outside.append(bool(re.match(r"https?:", str(token.attrGet("href")))))
        shown = outside[-1] if token.type.startswith("link_") else True
        if token.type == "link_close":
            outside.pop()
        if shown:
            kept.append(token)
    return kept


def _first_word(title: str) -> str:
    return re.findall(r"\w+", title)[0].lower()
