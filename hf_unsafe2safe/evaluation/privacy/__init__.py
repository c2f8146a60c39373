"""Who or what can still be recognised, read or linked?"""
