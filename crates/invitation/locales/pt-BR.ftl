# Aquilo com que um cliente concorda, e o que lhe é dito sobre o seu aceite.
#
# A chave de um consentimento é o id guardado com cada aceite, e um teste vincula cada texto a ele. Quem altera um texto
# lhe dá um novo id, em todos os idiomas, e move o anterior para `superseded`.

permission-manage-account = gerenciar a sua conta
permission-manage-subscriptions = gerenciar os seus serviços (assinaturas)
permission-manage-licenses = gerenciar as suas licenças
permission-manage-users = gerenciar os seus usuários
permission-submit-orders = fazer pedidos em seu nome: novas assinaturas e mais licenças nas existentes
permission-view-record = ver o seu cadastro: conta, serviços (assinaturas), usuários e licenças

consent-2 =
    { $reseller } solicita à sua organização uma relação de revendedor.

    Se você aceitar, { $reseller } passa a ser o seu revendedor e poderá:
    { $reseller_permissions }

    Para o que gerencia, { $reseller } recebe privilégios de administrador delegado na sua organização. { $days ->
        [0] Eles não têm data de término.
        [one] Eles terminam { $days } dia após a efetivação do seu aceite.
       *[other] Eles terminam { $days } dias após a efetivação do seu aceite.
    }

    Você pode encerrar uma relação a qualquer momento: um Administrador global da sua organização faz isso no site em que você aceita. O fim da relação não encerra esses privilégios: só uma data de término, você ou { $reseller } podem encerrá-los.

joint-consent-2 =
    { $reseller } e { $provider } solicitam à sua organização, cada uma, uma relação de revendedor. Você aceita ambas ou nenhuma.

    Se você aceitar, { $reseller } passa a ser o seu revendedor e poderá:
    { $reseller_permissions }

    { $provider }, o provedor indireto do revendedor, poderá:
    { $provider_permissions }

    Para o que gerencia, { $reseller } recebe privilégios de administrador delegado na sua organização. { $days ->
        [0] Eles não têm data de término.
        [one] Eles terminam { $days } dia após a efetivação do seu aceite.
       *[other] Eles terminam { $days } dias após a efetivação do seu aceite.
    } { $provider } não recebe nenhum.

    Você pode encerrar uma relação a qualquer momento, e a outra permanece: um Administrador global da sua organização faz isso no site em que você aceita. O fim de uma relação não encerra esses privilégios: só uma data de término, você ou { $reseller } podem encerrá-los.

acceptance-claimed = O seu aceite foi recebido e está sendo efetivado. Você não precisa fazer mais nada.
acceptance-established = O seu aceite foi efetivado: tudo o que você aceitou foi estabelecido.
acceptance-partnership-ended = O seu aceite foi recusado e nada foi estabelecido: os parceiros que convidaram você não trabalham mais juntos. Peça a eles um novo convite.
acceptance-reseller-not-active = O seu aceite foi recusado e nada foi estabelecido: o revendedor que convidou você não está ativo no programa no momento. Peça a ele um novo convite.
acceptance-provider-not-active = O seu aceite foi recusado e nada foi estabelecido: o provedor do revendedor que convidou você não está ativo no programa no momento. Peça um novo convite ao seu revendedor.
