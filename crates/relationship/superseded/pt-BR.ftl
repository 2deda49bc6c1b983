# O que parceiros atestaram antes, sob o id que nomeia cada texto: guardado palavra por palavra, pois é o que foi
# atestado. Nada aqui muda, e um texto só existe nos idiomas em que foi lido.

removal-1 =
    Você está prestes a remover a sua relação de revendedor com este cliente. Ao confirmar, você atesta, em nome da sua organização, que:

    1. remove esta relação de boa-fé;
    2. tem uma finalidade comercial legítima para removê-la;
    3. a remoção está de acordo com o seu contrato de parceiro;
    4. sua organização isenta o programa e seu operador de responsabilidade por reclamações decorrentes da remoção.

    Cabe exclusivamente à sua organização fazer ao cliente, e a qualquer outra pessoa que tenha esse direito, todos os avisos da remoção exigidos por lei ou por contrato, no prazo e na forma devidos. Nada é enviado em seu nome ao cliente nem a outro parceiro.

    O cliente sai imediatamente da sua lista de clientes. Os privilégios de administrador delegado que sua organização tem no locatário do cliente permanecem exatamente como estão até que você, o cliente ou o prazo deles os encerre.
