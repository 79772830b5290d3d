from . import purchase_milestone_forecast
from . import purchase_milestone_report
from . import purchase_retention_report
