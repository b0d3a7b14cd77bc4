"""Projects, participations and tasks: create (one or up to 100), change, delete."""

from __future__ import annotations

from mocks.kit.app import Call
from mocks.kit.routing import Routes
from mocks.psa import intakes, rules_projects, rules_status, rules_stories
from mocks.psa.envelope import deleted, written
from mocks.psa.resources import PARTICIPATIONS, STORIES, WORKSPACES
from mocks.psa.resources_settings import WORKSPACE_STATUS_CHANGES
from mocks.psa.rules import LEADING, delete_with_references, demand, required
from sandbox.core.wire import Response

ROUTES = Routes()


@ROUTES.add("POST", "/api/v1/workspaces", "workspaces.create")
def create_workspaces(call: Call) -> Response:
    """One project or several."""
    demand(call.principal, LEADING)
    items = intakes.WORKSPACE.many(call.request)
    made = [rules_projects.create_workspace(call.store, item, call.principal) for item in items]
    return written(call, WORKSPACES, made)


@ROUTES.add("PUT", "/api/v1/workspaces/<record_id>", "workspaces.update")
def change_workspace(call: Call, record_id: str) -> Response:
    """Change a project."""
    demand(call.principal, LEADING)
    workspace = required(call.store, WORKSPACES, record_id)
    given = intakes.WORKSPACE.change(call.request)
    after = rules_projects.change_workspace(call.store, workspace, given, call.principal)
    return written(call, WORKSPACES, [after])


@ROUTES.add("DELETE", "/api/v1/workspaces/<record_id>", "workspaces.delete")
def delete_workspace(call: Call, record_id: str) -> Response:
    """Delete a project nobody has worked on."""
    demand(call.principal, LEADING)
    rules_projects.delete_workspace(call.store, required(call.store, WORKSPACES, record_id))
    return deleted()


@ROUTES.add("POST", "/api/v1/workspaces/<record_id>/invite", "workspaces.invite")
def invite(call: Call, record_id: str) -> Response:
    """Ask somebody onto the project; answers the project."""
    demand(call.principal, LEADING)
    workspace = required(call.store, WORKSPACES, record_id)
    rules_projects.invite(call.store, workspace, intakes.INVITATION.one(call.request))
    return written(call, WORKSPACES, [workspace])


@ROUTES.add("POST", "/api/v1/workspace_status_changes", "workspace_status_changes.create")
def change_status(call: Call) -> Response:
    """Another status, by its key."""
    demand(call.principal, LEADING)
    given = intakes.WORKSPACE_STATUS_CHANGE.one(call.request)
    return written(call, WORKSPACE_STATUS_CHANGES, [rules_status.change_status(call.store, given, call.principal)])


@ROUTES.add("POST", "/api/v1/participations", "participations.create")
def create_participations(call: Call) -> Response:
    """Put one person or several on projects."""
    demand(call.principal, LEADING)
    items = intakes.PARTICIPATION.many(call.request)
    return written(call, PARTICIPATIONS, [rules_projects.join(call.store, item) for item in items])


@ROUTES.add("PUT", "/api/v1/participations/<record_id>", "participations.update")
def change_participation(call: Call, record_id: str) -> Response:
    """Another role on the project."""
    demand(call.principal, LEADING)
    participation = required(call.store, PARTICIPATIONS, record_id)
    given = intakes.PARTICIPATION.change(call.request)
    return written(call, PARTICIPATIONS, [rules_projects.change_participation(call.store, participation, given)])


@ROUTES.add("DELETE", "/api/v1/participations/<record_id>", "participations.delete")
def delete_participation(call: Call, record_id: str) -> Response:
    """Take somebody off a project."""
    demand(call.principal, LEADING)
    required(call.store, PARTICIPATIONS, record_id)
    delete_with_references(call.store, "Participation", record_id)
    return deleted()


@ROUTES.add("POST", "/api/v1/stories", "stories.create")
def create_stories(call: Call) -> Response:
    """One task or several."""
    demand(call.principal, LEADING)
    items = intakes.STORY.many(call.request)
    return written(call, STORIES, [rules_stories.create_story(call.store, item) for item in items])


@ROUTES.add("PUT", "/api/v1/stories/<record_id>", "stories.update")
def change_story(call: Call, record_id: str) -> Response:
    """Change a task or its progress."""
    demand(call.principal, LEADING)
    story = required(call.store, STORIES, record_id)
    return written(call, STORIES, [rules_stories.change_story(call.store, story, intakes.STORY.change(call.request))])


@ROUTES.add("DELETE", "/api/v1/stories/<record_id>", "stories.delete")
def delete_story(call: Call, record_id: str) -> Response:
    """Delete a task nobody has logged time on."""
    demand(call.principal, LEADING)
    rules_stories.delete_story(call.store, required(call.store, STORIES, record_id))
    return deleted()
