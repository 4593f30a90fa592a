"""`python -m app data maps`: the embeddings that ship with the bundled feature sets."""

import click


@click.command("maps")
def maps() -> None:
    """Embed test rows of the bundled feature sets by UMAP and write the files; takes a minute."""
    from app.probe.feature_maps import rebuild_maps

    for name, path in rebuild_maps():
        click.echo(f"{name}  {path.stat().st_size / 1000:.0f} kB  {path}")
