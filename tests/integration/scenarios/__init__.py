"""What no single case can show: many events, killed processes, other clients.

Each module has a `run(long)`, and its docstring says what it proves.
"""
