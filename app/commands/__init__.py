"""What `python -m app NAME` does, a module a command; `app.cli` imports one when it is named."""
