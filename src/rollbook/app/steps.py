"""Use case: every phrase that binds here: the project's own, the site's, the built-in ones."""

from __future__ import annotations

from rollbook.views.phrases import PhraseRow


def every_phrase(site: str = "") -> tuple[PhraseRow, ...]:
    """In the order in which phrases are looked up. Raises ProblemsFound for two bindings of one phrase."""
    from rollbook.binding.library import library_for
    from rollbook.planning.sites import load_site

    here = load_site(site)
    library = library_for((), here.steps, here.directory, here.path)
    return tuple(
        PhraseRow(f.pattern, f.kind, f.binding.partition("@")[0], f.mark.effect, f.origin, f.shell)
        for f in library.all()
    )
