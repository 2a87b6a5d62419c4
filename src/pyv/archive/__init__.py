"""The strict tar reader and extractor: hostile until proven genuine."""
