"""Credit holds: finance puts a client on hold in the ERP; the engine remembers who is, for whoever asks."""

from __future__ import annotations

from sandbox.engine.context import Context

SOURCE = "erp.credit_holds"


class HoldsLook:
    """Reads who is on hold. There is nothing to work off: the answer is kept as it was found."""

    def __init__(self, context: Context) -> None:
        self._c = context

    async def look(self) -> None:
        """Remember the clients on hold, all of them at once."""
        context = self._c
        clients = []
        for customer_id in await context.erp.customers_on_hold():
            client = await context.store.ref("erp", "client", customer_id)
            if client is not None:
                clients.append(client)
        await context.store.put_document("holds", "clients", {"clients": sorted(clients)})
