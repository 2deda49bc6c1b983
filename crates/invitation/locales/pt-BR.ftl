# Aquilo com que um cliente concorda, e o que lhe é dito sobre a sua aceitação.
#
# O id de um texto é guardado com cada aceitação, e um teste vincula cada texto ao seu id: um texto alterado precisa de um
# novo id, em todos os idiomas.

permission-manage-account = gerenciar a sua conta
permission-manage-subscriptions = gerenciar os seus serviços (assinaturas)
permission-manage-licenses = gerenciar as suas licenças
permission-manage-users = gerenciar os seus usuários
permission-submit-orders = fazer pedidos em seu nome: novas assinaturas e mais licenças nas existentes
permission-view-record = ver o seu cadastro: conta, serviços (assinaturas), usuários e licenças

consent-id = consent-1
consent =
    { $reseller } solicita à sua organização uma relação de revendedor.

    Se você aceitar, { $reseller } passa a ser o seu revendedor e poderá:
    { $reseller_permissions }

    Para o que gerencia, { $reseller } recebe privilégios de administrador delegado na sua organização. { $days ->
        [0] Eles não têm data de término.
        [one] Eles terminam { $days } dia após a sua aceitação ser estabelecida.
       *[other] Eles terminam { $days } dias após a sua aceitação ser estabelecida.
    } O fim da relação não os encerra: só uma data de término, você ou { $reseller } podem encerrá-los.

joint-consent-id = joint-consent-1
joint-consent =
    { $reseller } e { $provider } solicitam à sua organização uma relação cada um. Você aceita ambas ou nenhuma.

    Se você aceitar, { $reseller } passa a ser o seu revendedor e poderá:
    { $reseller_permissions }

    { $provider }, o provedor indireto do revendedor, poderá:
    { $provider_permissions }

    Para o que gerencia, { $reseller } recebe privilégios de administrador delegado na sua organização. { $days ->
        [0] Eles não têm data de término.
        [one] Eles terminam { $days } dia após a sua aceitação ser estabelecida.
       *[other] Eles terminam { $days } dias após a sua aceitação ser estabelecida.
    } { $provider } não recebe nenhum. O fim de uma relação não encerra esses privilégios: só uma data de término, você ou { $reseller } podem encerrá-los.

acceptance-claimed = A sua aceitação foi recebida e está sendo estabelecida. Você não precisa fazer mais nada.
acceptance-established = A sua aceitação está completa: tudo o que você aceitou foi estabelecido.
acceptance-partnership-ended = A sua aceitação foi recusada e nada foi estabelecido: os parceiros que convidaram você não trabalham mais juntos. Peça a eles um novo convite.
acceptance-reseller-not-active = A sua aceitação foi recusada e nada foi estabelecido: o revendedor que convidou você não está ativo no programa no momento. Peça a ele um novo convite.
acceptance-provider-not-active = A sua aceitação foi recusada e nada foi estabelecido: o provedor do revendedor que convidou você não está ativo no programa no momento. Peça um novo convite ao seu revendedor.
