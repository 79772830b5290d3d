from . import purchase_milestone_report
