{
    "name": "Every Test",
    "summary": "Runs the tests of all addons once everything is loaded, and notes the results",
    "version": "19.0.1.0.0",
    "license": "LGPL-3",
    "depends": ["base"],
    "installable": True,
}
