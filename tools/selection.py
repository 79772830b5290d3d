"""The records that a dialog is opened on."""


def selected_ids(env, model_name):
    """Return the ids of the selection, if it is one of that model."""
    if env.context.get("active_model") == model_name:
        return env.context.get("active_ids", [])
    return []
