# What a partner attests when it removes a relationship, under the id that is kept with every removal. Whoever changes it
# gives it a new id, in every language, and moves the one before to `superseded`.
removal-2 =
    You are about to remove your reseller relationship with this customer. By confirming, you attest on behalf of your organisation that:

    1. you remove this relationship in good faith;
    2. you have a legitimate business purpose for removing it;
    3. removing it is in line with your agreement with your customer or partner;
    4. your organisation will defend and hold harmless the programme and its operator against third-party claims that arise from the removal.

    Your organisation alone is responsible for giving the customer, and anybody else who is entitled to it, every notice of the removal that the law or a contract requires, in time and in due form. Nothing is sent to the customer or to another partner on your behalf.

    The customer leaves your list of customers at once. Delegated admin privileges that your organisation holds on the customer's tenant stay exactly as they are until you or the customer ends them, or until they expire.
removal-next-step = Next, you can add another customer, or invite this customer again: that makes a new relationship once the customer has accepted.
