"""Other ways to divide a week, each run in a process of its own (`python -m benchmarks.peers NAME in.npz out.npz`).

Every peer is one function `divide(problem) -> int64[S,J]`, seen only through the Problem.
"""
