"""What each sub-command of `peilian` does: arguments in, exit status out.

What only one of them needs is imported where it is used: the whole house takes a second.
"""
