"""Cleaning of scraped Chinese pages, every character traced to the input."""

from cuoshi.cleaning.cleaner import RULES, Block, CleanText, clean, clean_characters
from cuoshi.cleaning.rule import Change, Rule

__all__ = ["RULES", "Block", "Change", "CleanText", "Rule", "clean", "clean_characters"]
