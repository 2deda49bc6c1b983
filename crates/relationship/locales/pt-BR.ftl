# O que um parceiro atesta ao remover uma relação, sob o id guardado com cada remoção. Quem o altera lhe dá um novo id, em
# todos os idiomas, e move o anterior para `superseded`.
removal-2 =
    Você está prestes a remover a sua relação de revendedor com este cliente. Ao confirmar, você atesta, em nome da sua organização, que:

    1. remove esta relação de boa-fé;
    2. tem uma finalidade comercial legítima para removê-la;
    3. a remoção está de acordo com o contrato firmado com o cliente ou parceiro;
    4. sua organização se obriga a defender e isentar o programa e seu operador de responsabilidade por reivindicações de terceiros decorrentes da remoção.

    Cabe exclusivamente à sua organização comunicar os avisos da remoção exigidos por lei ou por contrato ao cliente, e a qualquer outra pessoa que tenha direito a eles, no prazo e na forma devidos. Nada é enviado em seu nome ao cliente nem a outro parceiro.

    O cliente sai imediatamente da sua lista de clientes. Os privilégios de administrador delegado que sua organização tem no locatário do cliente permanecem exatamente como estão até que você ou o cliente os encerre, ou até que expirem.
removal-next-step = Em seguida, você pode adicionar outro cliente ou convidar este cliente novamente: isso cria uma nova relação assim que o cliente aceitar.
