# What a customer consents to, and what it is told of its acceptance.
#
# The key of a consent is the id that is kept with every acceptance, and a test holds each text to it. Whoever changes a
# text gives it a new id, in every language, and moves the one before to `superseded`.

permission-manage-account = manage your account
permission-manage-subscriptions = manage your services (subscriptions)
permission-manage-licenses = manage your licences
permission-manage-users = manage your users
permission-submit-orders = order on your behalf: new subscriptions, and more licences on existing ones
permission-view-record = view your record: account, services (subscriptions), users and licences

consent-2 =
    { $reseller } asks your organisation for a reseller relationship.

    If you accept, { $reseller } becomes your reseller and may:
    { $reseller_permissions }

    For what it manages, { $reseller } receives delegated admin privileges in your organisation. { $days ->
        [0] They have no end date.
        [one] They end { $days } day after your acceptance takes effect.
       *[other] They end { $days } days after your acceptance takes effect.
    }

    You can end a relationship at any time: a Global admin of your organisation does so on the site where you accept. Ending the relationship does not end these privileges: only an end date, you or { $reseller } can.

joint-consent-2 =
    { $reseller } and { $provider } ask your organisation for a reseller relationship with each. You accept both or neither.

    If you accept, { $reseller } becomes your reseller and may:
    { $reseller_permissions }

    { $provider }, its indirect provider, may:
    { $provider_permissions }

    For what it manages, { $reseller } receives delegated admin privileges in your organisation. { $days ->
        [0] They have no end date.
        [one] They end { $days } day after your acceptance takes effect.
       *[other] They end { $days } days after your acceptance takes effect.
    } { $provider } receives none.

    You can end a relationship at any time, and the other one stays: a Global admin of your organisation does so on the site where you accept. Ending a relationship does not end these privileges: only an end date, you or { $reseller } can.

acceptance-claimed = Your acceptance has been received and is being established. You need not do anything more.
acceptance-established = Your acceptance is complete: everything that you accepted is established.
acceptance-partnership-ended = Your acceptance was refused, and nothing was established: the partners that invited you do not work together any more. Ask them for a new invitation.
acceptance-reseller-not-active = Your acceptance was refused, and nothing was established: the reseller that invited you is not active in the programme at present. Ask it for a new invitation.
acceptance-provider-not-active = Your acceptance was refused, and nothing was established: the provider of the reseller that invited you is not active in the programme at present. Ask your reseller for a new invitation.
