# Aquilo com que clientes concordaram antes, sob o id que nomeia cada texto: guardado palavra por palavra, pois é o que
# foi aceito. Nada aqui muda, e um texto só existe nos idiomas em que foi lido.

consent-1 =
    { $reseller } solicita à sua organização uma relação de revendedor.

    Se você aceitar, { $reseller } passa a ser o seu revendedor e poderá:
    { $reseller_permissions }

    Para o que gerencia, { $reseller } recebe privilégios de administrador delegado na sua organização. { $days ->
        [0] Eles não têm data de término.
        [one] Eles terminam { $days } dia após a sua aceitação ser estabelecida.
       *[other] Eles terminam { $days } dias após a sua aceitação ser estabelecida.
    } O fim da relação não os encerra: só uma data de término, você ou { $reseller } podem encerrá-los.

joint-consent-1 =
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

permission-manage-account = gerenciar a sua conta
permission-manage-subscriptions = gerenciar os seus serviços (assinaturas)
permission-manage-licenses = gerenciar as suas licenças
permission-manage-users = gerenciar os seus usuários
permission-submit-orders = fazer pedidos em seu nome: novas assinaturas e mais licenças nas existentes
permission-view-record = ver o seu cadastro: conta, serviços (assinaturas), usuários e licenças
