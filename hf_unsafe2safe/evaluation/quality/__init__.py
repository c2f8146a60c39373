"""Is it still a good picture of the same scene?"""
