"""When do jobs run by themselves, in a process of ours or through the system's own scheduler? (CONFIG "jobs", `schedule`)"""
