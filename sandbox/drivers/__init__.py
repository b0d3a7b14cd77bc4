"""The only home of simpy's loop, asyncio, threads, sockets, sleeping and real time."""
