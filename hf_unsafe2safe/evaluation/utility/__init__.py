"""Can models still learn from it?"""
