# O que um parceiro atesta ao remover uma relação. Um texto alterado precisa de um novo id, em todos os idiomas.
removal-id = removal-1
removal-text =
    Você está prestes a remover a sua relação de revendedor com este cliente. Ao confirmar, você atesta, em nome da sua organização, que:

    1. remove esta relação de boa-fé;
    2. tem uma finalidade comercial legítima para removê-la;
    3. a remoção está de acordo com o seu contrato de parceiro;
    4. sua organização isenta o programa e seu operador de responsabilidade por reclamações decorrentes da remoção.

    Cabe exclusivamente à sua organização fazer ao cliente, e a qualquer outra pessoa que tenha esse direito, todos os avisos da remoção exigidos por lei ou por contrato, no prazo e na forma devidos. Nada é enviado em seu nome ao cliente nem a outro parceiro.

    O cliente sai imediatamente da sua lista de clientes. Os privilégios de administrador delegado que sua organização tem no locatário do cliente permanecem exatamente como estão até que você, o cliente ou o prazo deles os encerre.
removal-next-step = Em seguida, você pode adicionar outro cliente ou convidar este cliente novamente: isso cria uma nova relação assim que o cliente aceitar.
