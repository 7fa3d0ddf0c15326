"""Asks two servers the same questions over TCP, one after the other, and compares the answers.

QUESTIONS ADDRESS PORT ADDRESS PORT, where QUESTIONS is a file of lines `NAME TYPE`.
"""

import socket
import sys

import dns.message
import dns.query


def connect(address, port):
    connection = socket.create_connection((address, int(port)))
    # The library waits by itself.
    connection.setblocking(False)
    return address, int(port), connection


def answer(server, name, rtype):
    address, port, connection = server
    question = dns.message.make_query(name, rtype, want_dnssec=True)
    return dns.query.tcp(question, address, port=port, sock=connection, timeout=5).answer


questions, *servers = sys.argv[1:]
first, second = connect(*servers[:2]), connect(*servers[2:])
asked = differing = 0
with open(questions) as lines:
    for line in lines:
        name, rtype = line.split()
        asked += 1
        differing += answer(first, name, rtype) != answer(second, name, rtype)
print(f"{asked} asked, {differing} differ")
