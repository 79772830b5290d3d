from . import purchase_order
from . import purchase_retention_release
from . import purchase_retention_release_line
