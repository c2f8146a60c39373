"""Was anything changed, or is it a copy?"""
