"""The one exception for what a user can fix."""


class UserError(ValueError):
    """Something the user gave cannot be used; the message is one sentence they can act on.

    It says what was wrong, where, what is allowed and what came. Pages and the command line
    show it as it is; any other exception is a bug and is shown as one.
    """
