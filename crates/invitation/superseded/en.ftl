# What customers consented to before, under the id that names each text: kept word for word, since it is what was
# accepted. Nothing here ever changes, and only the languages that a text was read in have it.

consent-1 =
    { $reseller } asks your organisation for a reseller relationship.

    If you accept, { $reseller } becomes your reseller and may:
    { $reseller_permissions }

    For what it manages, { $reseller } receives delegated admin privileges in your organisation. { $days ->
        [0] They have no end date.
        [one] They end { $days } day after your acceptance is established.
       *[other] They end { $days } days after your acceptance is established.
    } Ending the relationship does not end them: only an end date, you or { $reseller } can.

joint-consent-1 =
    { $reseller } and { $provider } ask your organisation for a relationship each. You accept both or neither.

    If you accept, { $reseller } becomes your reseller and may:
    { $reseller_permissions }

    { $provider }, its indirect provider, may:
    { $provider_permissions }

    For what it manages, { $reseller } receives delegated admin privileges in your organisation. { $days ->
        [0] They have no end date.
        [one] They end { $days } day after your acceptance is established.
       *[other] They end { $days } days after your acceptance is established.
    } { $provider } receives none. Ending a relationship does not end these privileges: only an end date, you or { $reseller } can.

permission-manage-account = manage your account
permission-manage-subscriptions = manage your services (subscriptions)
permission-manage-licenses = manage your licences
permission-manage-users = manage your users
permission-submit-orders = order on your behalf: new subscriptions, and more licences on existing ones
permission-view-record = view your record: account, services (subscriptions), users and licences
