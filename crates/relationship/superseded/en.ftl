# What partners attested before, under the id that names each text: kept word for word, since it is what was attested.
# Nothing here ever changes, and only the languages that a text was read in have it.

removal-1 =
    You are about to remove your reseller relationship with this customer. By confirming, you attest on behalf of your organisation that:

    1. you remove this relationship in good faith;
    2. you have a legitimate business purpose for removing it;
    3. removing it is in line with your partner agreement;
    4. your organisation holds the programme and its operator harmless from claims that arise from the removal.

    Your organisation alone is responsible for giving the customer, and anybody else who is entitled to it, every notice of the removal that the law or a contract requires, in time and in due form. Nothing is sent to the customer or to another partner on your behalf.

    The customer leaves your list of customers at once. Delegated admin privileges that your organisation holds on the customer's tenant stay exactly as they are until you, the customer, or their expiry ends them.
