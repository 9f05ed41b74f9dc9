"""Results for other programs: tidy tables, and structures for OVITO."""

from lmpmeso.export.campaign_export import PARTS, export_campaign
from lmpmeso.export.conversion import convert

__all__ = ["PARTS", "convert", "export_campaign"]
