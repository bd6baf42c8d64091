"""The ad platforms' own clients take the sandbox for the real thing, and meet the same limits. `make conformance`."""

import asyncio

import pytest

pytest.importorskip("facebook_business")
datamanager = pytest.importorskip("google.ads.datamanager_v1")


def google(url, token):
    from google.ads.datamanager_v1.services.ingestion_service.transports import IngestionServiceRestTransport
    from google.oauth2.credentials import Credentials

    host = url.removeprefix("http://")
    transport = IngestionServiceRestTransport(host=host, url_scheme="http", credentials=Credentials(token))
    return datamanager.IngestionServiceClient(transport=transport)


def members(*hashes):
    identifiers = [[datamanager.UserIdentifier(email_address=each)] for each in hashes]
    return [datamanager.AudienceMember(user_data=datamanager.UserData(user_identifiers=each)) for each in identifiers]


def ask_google(url, token):
    from google.api_core.exceptions import BadRequest
    from google.auth.exceptions import RefreshError

    account = datamanager.ProductAccount(account_type="GOOGLE_ADS", account_id="1234567890")
    to = [datamanager.Destination(operating_account=account, product_destination_id="9001")]
    terms = datamanager.TermsOfService(customer_match_terms_of_service_status="ACCEPTED")
    consent = datamanager.Consent(ad_user_data="CONSENT_GRANTED")
    client, common = google(url, token), {"destinations": to, "encoding": "HEX"}

    def ingest(people, by=client):
        asked = {**common, "consent": consent, "terms_of_service": terms}
        return by.ingest_audience_members(datamanager.IngestAudienceMembersRequest(audience_members=people, **asked))

    added = ingest(members("a" * 64, "b" * 64))
    status = client.retrieve_request_status(datamanager.RetrieveRequestStatusRequest(request_id=added.request_id))
    [found] = status.request_status_per_destination
    assert found.request_status.name == "SUCCESS"
    assert found.audience_members_ingestion_status.user_data_ingestion_status.record_count == 2
    removing = datamanager.RemoveAudienceMembersRequest(audience_members=members("b" * 64), **common)
    assert client.remove_audience_members(removing).request_id
    with pytest.raises(BadRequest) as refused:
        ingest(members("a" * 64, "somebody@example.com"))
    assert refused.value.reason == "INVALID_HEX_ENCODING"
    with pytest.raises(BadRequest):
        ingest(members(*["a" * 64] * 10_001))
    with pytest.raises(RefreshError):  # a 401 has it ask for a new token
        ingest(members("a" * 64), google(url, "another-token"))


def ask_meta(url, token):
    from facebook_business.adobjects.customaudience import CustomAudience
    from facebook_business.api import FacebookAdsApi
    from facebook_business.exceptions import FacebookRequestError
    from facebook_business.session import FacebookSession

    def audience(by):
        session = FacebookSession(access_token=by)
        session.GRAPH = url
        return CustomAudience("2385001", api=FacebookAdsApi(session))

    def users(*hashes):
        session = {"session_id": 1, "batch_seq": 1, "last_batch_flag": True}
        return {"payload": {"schema": ["EMAIL"], "data": [[each] for each in hashes]}, "session": session}

    assert audience(token).create_user(params=users("a" * 64, "b" * 64, "no hash"))["num_invalid_entries"] == 1
    assert audience(token).delete_users(params=users("b" * 64))["num_received"] == 1
    assert audience(token).api_get(fields=["approximate_count_lower_bound"])["approximate_count_lower_bound"] == 1
    for by, sent, code in ((token, ["a" * 64] * 10_001, 100), ("another-token", ["a" * 64], 190)):
        with pytest.raises(FacebookRequestError) as refused:
            audience(by).create_user(params=users(*sent))
        assert refused.value.api_error_code() == code


@pytest.mark.filterwarnings("ignore")  # what their libraries warn of is not ours to mend
async def test_googles_and_metas_own_clients_take_the_sandbox_for_the_real_thing(sandbox):
    for ask in (ask_google, ask_meta):
        await asyncio.to_thread(ask, sandbox.http_url, sandbox.meta_token)
    sizes = {name: each["size"] for name, each in (await sandbox.facts())["audiences"].items()}
    assert sizes == {"9001": 1, "2385001": 1}
