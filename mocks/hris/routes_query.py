"""placeholder"""

from mocks.kit.routing import Routes

ROUTES = Routes()
