import pytest
from django.conf import settings

from mercury.db.models import SensitiveData
from waha import servers
from waha.gateway.simulator import Simulator
from waha.models import WahaServer, WahaSession

pytestmark = pytest.mark.django_db


@pytest.mark.core
def test_the_environment_makes_the_first_server_once() -> None:
    first = servers.first_server()
    again = servers.first_server()

    assert (first.pk, first.url, first.api_key) == (
        again.pk, settings.WAHA_URL, settings.WAHA_API_KEY,
    )  # fmt: skip
    assert (WahaServer.objects.count(), SensitiveData.objects.count()) == (1, 1)


def test_the_key_is_not_in_clear_in_the_database() -> None:
    servers.first_server()

    sealed = bytes(SensitiveData.objects.get().encrypted_content)
    assert settings.WAHA_API_KEY.encode() not in sealed


def test_a_server_that_is_there_is_left_as_it_is(server: WahaServer) -> None:
    assert servers.first_server() == server
    assert WahaServer.objects.count() == 1


def test_client_for_speaks_to_the_server_of_a_number(waha: Simulator, number: WahaSession) -> None:
    number.refresh_from_db()

    assert servers.client_for(number).session(number.waha_name).status == "WORKING"
