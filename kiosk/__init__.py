"""Điểm Tiêm: what a vaccination site switches on in the morning and trusts all day."""
