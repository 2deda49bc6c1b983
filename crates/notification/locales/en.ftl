# What the notification service says in English: drafts of the emails that partners send, and notices to partners.
# A new language is a new file beside this one with the same messages.

## The draft of an email to a customer. It is written in the name of the reseller, which sends it.
## A subject may have 200 characters; with long names the short one is used.

draft-subject-solo = { $reseller } would like to work with you
draft-subject-joint = { $reseller } and { $provider } would like to work with you
draft-subject-short = An invitation to work together

draft-greeting = Hello,

draft-request-solo =
    We at { $reseller } would like to look after your organisation’s cloud services as your reseller.
draft-request-joint =
    We at { $reseller } would like to look after your organisation’s cloud services as your reseller. { $provider }, the indirect provider we work with, supplies them and places the orders.

draft-instruction =
    Please review this invitation. If you agree, a Global admin of your organisation can accept it with this link:

draft-reseller-may = If you accept, { $reseller }, your reseller, may:
draft-provider-may = And { $provider }, the indirect provider, may:
draft-both = One acceptance covers both companies.

draft-permission-manage-account = manage your account
draft-permission-manage-subscriptions = manage your subscriptions
draft-permission-manage-licenses = manage your licences
draft-permission-manage-users = manage your users
draft-permission-submit-orders = place orders on your behalf
draft-permission-view-record = view your account, subscriptions, users and licences

draft-privilege-unlimited =
    The permissions to manage have no end date; you can end them whenever you wish. You can end a relationship at any time on the same site.
draft-privilege-days =
    The permissions to manage last { $days ->
        [one] one day
       *[other] { $days } days
    } from the acceptance. You can end them earlier, and a relationship at any time, on the same site.

draft-validity =
    The link is valid until { $date } and can be used once. Nothing changes in your organisation unless you accept.

draft-closing = Kind regards,

## Where a mail program takes only a short text, the lists and what follows them give way; for very long names this does
## instead of the request and the instruction.

draft-short-instruction =
    Please review our invitation to work together. If you agree, a Global admin of your organisation can accept it with this link:

## A time, always in UTC.

date = { $day } { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
} { $year }, { $hour }:{ $minute } (UTC)

## Notices to a partner. Partners and customers are named as they were called then, with their ids.

notice-invitation-accepted =
    Customer { $customer } accepted your invitation. Your relationship with this customer is established.
notice-invitation-accepted-provider =
    Customer { $customer } accepted the joint invitation of partner { $partner }. Your relationship with this customer is established.
notice-invitation-declined = Customer { $customer } declined your invitation.
notice-invitation-declined-reason = Customer { $customer } declined your invitation. Reason given: { $reason }
notice-invitation-expired = Your invitation expired before anyone accepted it. You can resend it.
notice-invitation-void-partnership-ended =
    The acceptance by customer { $customer } was refused because the partnership behind the invitation has ended. No relationship was established.
notice-invitation-void-reseller-not-active =
    The acceptance by customer { $customer } was refused because your enrolment is not active. No relationship was established.
notice-invitation-void-provider-not-active =
    The acceptance by customer { $customer } was refused because the provider’s enrolment is not active. No relationship was established.
notice-partnership-proposed = Partner { $partner } proposed a partnership to you. It begins once you accept.
notice-partnership-accepted = Partner { $partner } accepted the partnership that you proposed. It is active now.
notice-partnership-ended = Partner { $partner } ended its partnership with you. Existing relationships with customers remain.
notice-enrollment-approved = Your enrolment was approved.
notice-enrollment-approved-reason = Your enrolment was approved. Remark: { $reason }
notice-enrollment-rejected = Your enrolment was rejected.
notice-enrollment-rejected-reason = Your enrolment was rejected. Reason given: { $reason }
notice-relationship-ended = Customer { $customer } ended its relationship with you. You have no access to it any more; it may accept a new invitation.
