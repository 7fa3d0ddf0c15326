//! Many queries over a connection.

use super::*;

#[tokio::test]
async fn each_query_gets_its_own_answer_over_one_connection() {
    let server = Server::answering(|query| vec![response(query)]);
    Run::new(server.address, 5000).all_answered().await;
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn no_queries_need_no_connection() {
    let server = Server::answering(|query| vec![response(query)]);
    Run::new(server.address, 0).all_answered().await;
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn answers_out_of_order_and_answers_twice_are_matched() {
    let reversed = Server::start(|mut connection| async move {
        let mut waiting = Vec::new();
        loop {
            match tokio::time::timeout(Duration::from_millis(20), connection.read()).await {
                Ok(Some(query)) => waiting.push(query),
                Ok(None) => return,
                Err(_) => {
                    while let Some(query) = waiting.pop() {
                        connection.send(&response(&query)).await;
                    }
                }
            }
        }
    });
    Run::new(reversed.address, 1000).all_answered().await;
    let twice = Server::answering(|query| vec![response(query), response(query)]);
    Run::new(twice.address, 1000).all_answered().await;
}

#[tokio::test]
async fn as_many_queries_are_in_flight_as_a_connection_carries() {
    let most = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&most);
    let server = Server::start(move |mut connection| {
        let seen = Arc::clone(&seen);
        async move {
            let mut waiting = Vec::new();
            loop {
                match tokio::time::timeout(Duration::from_millis(5), connection.read()).await {
                    Ok(Some(query)) => waiting.push(query),
                    Ok(None) => return,
                    Err(_) => {
                        seen.fetch_max(waiting.len(), Ordering::Relaxed);
                        for query in waiting.drain(..) {
                            connection.send(&response(&query)).await;
                        }
                    }
                }
            }
        }
    });
    let mut patient = Run::new(server.address, 3000);
    patient.client.timeout = TIMEOUT * 10;
    patient.all_answered().await;
    assert_eq!(most.load(Ordering::Relaxed), 256);
}

#[tokio::test]
async fn a_server_that_answers_slowly_but_steadily_answers_all() {
    // In the first window of 32 queries, some wait for longer than the timeout.
    for (pause, queries) in [(5, 400), (30, 60)] {
        let server = Server::start(move |mut connection| async move {
            while let Some(query) = connection.read().await {
                sleep(Duration::from_millis(pause)).await;
                connection.send(&response(&query)).await;
            }
        });
        Run::new(server.address, queries).all_answered().await;
        assert_eq!(server.connections(), 1, "{pause} ms");
    }
}

#[tokio::test]
async fn a_server_that_closes_after_some_answers_is_asked_over_the_next_connection() {
    for (count, is_reset) in [(1, false), (7, false), (100, false), (1, true), (100, true)] {
        let server = Server::start(move |mut connection| async move {
            for _ in 0..count {
                let Some(query) = connection.read().await else { return };
                connection.send(&response(&query)).await;
            }
            if is_reset {
                sleep(Duration::from_millis(5)).await;
                connection.stream.set_zero_linger().unwrap();
            }
        });
        let queries = 60 * count;
        Run::new(server.address, queries).all_answered().await;
        assert!(server.connections() >= 60);
    }
}

#[tokio::test]
async fn a_server_that_restarts_is_asked_again() {
    let server = Server::start(|connection| async move {
        if connection.nth > 0 {
            connection.answer_with(|query| vec![response(query)]).await;
        }
    });
    Run::new(server.address, 1000).all_answered().await;
}

#[tokio::test]
async fn a_query_that_the_server_hangs_or_fails_at_costs_no_other() {
    for poison in [0, 1, 500] {
        let hanging = Server::start(move |mut connection| async move {
            while let Some(query) = connection.read().await {
                if number_of(&query) == poison {
                    std::future::pending::<()>().await;
                }
                connection.send(&response(&query)).await;
            }
        });
        Run::new(hanging.address, 1000).all_answered_but(|number| number == poison, &Failure::Timeout).await;
        let closing = Server::start(move |mut connection| async move {
            while let Some(query) = connection.read().await {
                if number_of(&query) == poison {
                    return;
                }
                connection.send(&response(&query)).await;
            }
        });
        Run::new(closing.address, 1000).all_answered_but(|number| number == poison, &Failure::Closed).await;
    }
}

#[tokio::test]
async fn queries_that_are_never_answered_fail_and_others_do_not() {
    let dropping = |query: &[u8]| number_of(query) % 10 == 3;
    let server =
        Server::answering(move |query| if dropping(query) { Vec::new() } else { vec![response(query)] });
    Run::new(server.address, 500).all_answered_but(|number| number % 10 == 3, &Failure::Timeout).await;
}

#[tokio::test]
async fn many_queries_in_a_row_that_are_never_answered_end_no_other() {
    let server = Server::answering(|query| {
        if (150..350).contains(&number_of(query)) { Vec::new() } else { vec![response(query)] }
    });
    Run::new(server.address, 600)
        .all_answered_but(|number| (150..350).contains(&number), &Failure::Timeout)
        .await;
}

#[tokio::test]
async fn a_query_that_is_dropped_once_is_sent_again() {
    let seen = Arc::new(Mutex::new(std::collections::HashSet::new()));
    let server = Server::answering(move |query| {
        let is_first = seen.lock().unwrap().insert(number_of(query));
        if is_first && number_of(query) % 10 == 3 { Vec::new() } else { vec![response(query)] }
    });
    Run::new(server.address, 500).all_answered().await;
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_truncated_or_malformed_response_fails_its_query_alone() {
    let truncated = Server::answering(|query| vec![response_with(query, 0x8600, &[192, 0, 2, 1])]);
    Run::new(truncated.address, 300).all_answered_but(|_| true, &Failure::Truncated).await;
    let cut = Server::answering(|query| {
        let mut message = response(query);
        if number_of(query).is_multiple_of(2) {
            message.truncate(message.len() - 2);
        }
        vec![message]
    });
    let (results, outcome) = Run::new(cut.address, 300).within(Duration::from_secs(5)).await;
    assert_eq!((results.len(), outcome), (300, Ok(())));
    for (number, result) in results {
        if number.is_multiple_of(2) {
            assert!(matches!(result, Err(Failure::Malformed(_))), "{number}: {result:?}");
        } else {
            assert_is_answer(number, &result);
        }
    }
    assert_eq!(cut.connections(), 1);
}

#[tokio::test]
async fn a_server_that_is_away_fails_all_queries_in_time() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let refusing = Run::new(socket.local_addr().unwrap(), 1000);
    refusing.all_failed(&Failure::ConnectionRefused).await;
    let silent = Server::start(|mut connection| async move { while connection.read().await.is_some() {} });
    Run::new(silent.address, 1000).all_failed(&Failure::Timeout).await;
    let closing = Server::start(|mut connection| async move { drop(connection.read().await) });
    Run::new(closing.address, 1000).all_failed(&Failure::Closed).await;
    assert_eq!((silent.connections(), closing.connections()), (2, 2));
}

#[tokio::test]
async fn a_server_that_reads_nothing_fails_all_queries_in_time() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(1).unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let server = Server::listen(socket.listen(64).unwrap(), |connection| async move {
        std::future::pending::<()>().await;
        drop(connection);
    });
    Run::new(server.address, 5000).all_failed(&Failure::Timeout).await;
}

#[tokio::test]
async fn a_server_that_trickles_bytes_fails_all_queries_in_time() {
    let server = Server::start(|mut connection| async move {
        while let Some(query) = connection.read().await {
            for byte in frame(&response(&query)) {
                if connection.stream.write_all(&[byte]).await.is_err() {
                    return;
                }
                sleep(Duration::from_millis(100)).await;
            }
        }
    });
    Run::new(server.address, 1000).all_failed(&Failure::Timeout).await;
}

#[tokio::test]
async fn responses_to_other_queries_are_not_taken() {
    let other_id = Server::answering(|query| {
        let mut message = response(query);
        // The bits of 64 ids: none of those in flight is likely to have it.
        message[..2].copy_from_slice(&(!u16::from_be_bytes([query[0], query[1]])).to_be_bytes());
        vec![message]
    });
    let mismatched = |mismatch: Mismatch| Failure::Mismatched(mismatch);
    Run::new(other_id.address, 4).all_answered_but(|_| true, &mismatched(Mismatch::Id)).await;
    let other_question = Server::answering(|query| {
        let mut message = response(query);
        message[13] = b'x';
        vec![message]
    });
    let (results, outcome) = Run::new(other_question.address, 30).within(Duration::from_secs(5)).await;
    for (number, result) in &results {
        let expected = mismatched(Mismatch::Question(format!("x{number}.example. A")));
        assert_eq!(result.as_ref().err(), Some(&expected));
    }
    assert_eq!((results.len(), outcome), (30, Ok(())));
}

#[tokio::test]
async fn a_flood_of_junk_ends_the_connection() {
    let server = Server::start(|mut connection| async move {
        let Some(query) = connection.read().await else { return };
        let mut junk = error(&query, 0);
        junk[2] = 0;
        while connection.stream.write_all(&frame(&junk)).await.is_ok() {}
    });
    let started = Instant::now();
    let (results, outcome) = Run::new(server.address, 1000).within(Duration::from_secs(5)).await;
    assert!(started.elapsed() < TIMEOUT * 2 + RECONNECT_PAUSE);
    assert!(outcome.is_err());
    assert!(results.values().all(Result::is_err));
}

#[tokio::test]
async fn a_caller_that_takes_answers_slowly_gets_all_of_them() {
    let server = Server::answering(|query| vec![response(query)]);
    let slow = Run { rest: TIMEOUT + TIMEOUT / 2, ..Run::new(server.address, 700) };
    slow.all_answered().await;
}

#[tokio::test]
async fn a_caller_that_is_gone_ends_the_run() {
    for answers_before in [0, 10] {
        let server = Server::start(move |mut connection| async move {
            for _ in 0..answers_before {
                let Some(query) = connection.read().await else { return };
                connection.send(&response(&query)).await;
            }
            std::future::pending::<()>().await;
        });
        let Run { client, target, .. } = Run::new(server.address, 0);
        let client = Client { timeout: Duration::from_mins(1), ..client };
        let (send_queries, queries) = mpsc::channel(1);
        let (send_answers, answers) = mpsc::channel(1);
        send_queries.send((0..100).map(numbered).collect()).await.unwrap();
        let give_up = async {
            sleep(Duration::from_millis(100)).await;
            drop(answers);
        };
        let ask = client.ask_many(&target, Transport::Tcp, queries, send_answers);
        let both = async { tokio::join!(give_up, ask).1 };
        let outcome = tokio::time::timeout(Duration::from_secs(2), both).await;
        assert_eq!(outcome.expect("the run ends with its caller"), Ok(()));
    }
}

#[tokio::test]
async fn a_connection_without_queries_is_closed_and_the_next_query_opens_another() {
    let server = Server::answering(|query| vec![response(query)]);
    let Run { client, target, .. } = Run::new(server.address, 0);
    let (send_queries, queries) = mpsc::channel(1);
    let (send_answers, mut answers) = mpsc::channel::<Answered<Numbered>>(1);
    let caller = async {
        for pause in [0, 100, 2300] {
            sleep(Duration::from_millis(pause)).await;
            send_queries.send(vec![numbered(7)]).await.unwrap();
            let [(query, result)] = answers.recv().await.unwrap().try_into().unwrap();
            assert_is_answer(query.number, &result);
        }
        drop(send_queries);
    };
    let ask = client.ask_many(&target, Transport::Tcp, queries, send_answers);
    assert_eq!(tokio::join!(caller, ask).1, Ok(()));
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn a_server_without_edns_is_asked_without() {
    let plain = |query: &[u8]| query[11] == 0;
    let with_edns = Arc::new(AtomicUsize::new(0));
    for rcode in [FORMERR, NOTIMP] {
        with_edns.store(0, Ordering::Relaxed);
        let counter = Arc::clone(&with_edns);
        let server = Server::answering(move |query| {
            if plain(query) {
                return vec![response(query)];
            }
            counter.fetch_add(1, Ordering::Relaxed);
            vec![error(query, rcode)]
        });
        Run::new(server.address, 2000).all_answered().await;
        // Those that were in flight before the first answer.
        assert!(with_edns.load(Ordering::Relaxed) <= 256);
    }
}

#[tokio::test]
async fn an_error_about_one_question_leaves_edns_to_all_others() {
    let plain = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&plain);
    let server = Server::answering(move |query| {
        let is_odd = number_of(query) % 10 == 3;
        counter.fetch_add(usize::from(query[11] == 0), Ordering::Relaxed);
        vec![if is_odd { error(query, NOTIMP) } else { response(query) }]
    });
    let (results, outcome) = Run::new(server.address, 500).within(Duration::from_secs(5)).await;
    assert_eq!(outcome, Ok(()));
    for (number, result) in &results {
        match result {
            Ok(answer) if number % 10 == 3 => assert_eq!(answer.rcode, NOTIMP),
            result => assert_is_answer(*number, result),
        }
    }
    assert_eq!(plain.load(Ordering::Relaxed), 50);
}

#[tokio::test]
async fn queries_keep_to_the_rate_of_their_address() {
    let server = Server::answering(|query| vec![response(query)]);
    for (rate, queries) in [(50, 40), (2000, 1500)] {
        let started = Instant::now();
        Run::new(server.address, queries).with_rate(rate).all_answered().await;
        let expected = Duration::from_secs(1) * (queries - 1) / rate;
        let elapsed = started.elapsed();
        assert!(elapsed >= expected.mul_f32(0.95) && elapsed < expected * 2, "{elapsed:?} {expected:?}");
    }
}

#[tokio::test]
async fn queries_are_signed_with_the_key_of_the_address() {
    let key = TsigKey::new("key.example".parse().unwrap(), Algorithm::Sha256, vec![7; 32]);
    for wrong_mac_at in [None, Some(0)] {
        let policy =
            TsigPolicy { keys: vec![key.clone()], required: true, wrong_mac_at, ..TsigPolicy::default() };
        let server = Server::answering(move |query| {
            let now = crate::clock::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
            match policy.check(&Query::parse(query).unwrap(), query, now) {
                TsigCheck::Signed(mut signer) => {
                    let mut messages = vec![response(query)];
                    signer.sign(&mut messages);
                    messages
                }
                TsigCheck::Unsigned | TsigCheck::Refused(_) => vec![error(query, REFUSED)],
            }
        });
        let mut run = Run::new(server.address, 300);
        run.target.key = Some(key.clone());
        if wrong_mac_at.is_none() {
            run.all_answered().await;
            continue;
        }
        let (results, outcome) = run.within(Duration::from_secs(5)).await;
        assert_eq!((results.len(), outcome), (300, Ok(())));
        assert!(results.values().all(|result| matches!(result, Err(Failure::Tsig(_)))));
    }
}

/// Counts the queries that end, by transport: those with a response, and those without.
#[derive(Debug, Default)]
struct Counter(Mutex<(u32, u32)>);

impl QueryRecorder for Counter {
    fn record_query(&self, _: &Target, transport: Transport, outcome: Result<Duration, &Failure>) {
        assert_eq!(transport, Transport::Tcp);
        let mut counts = self.0.lock().unwrap();
        counts.0 += u32::from(outcome.is_ok());
        counts.1 += u32::from(outcome.is_err());
    }

    fn record_transfer(&self, _: &Target, _: Rtype, _: Result<(), &Failure>) {}
}

#[tokio::test]
async fn each_query_that_was_sent_is_recorded_once() {
    let server = Server::answering(|query| {
        if number_of(query).is_multiple_of(10) { Vec::new() } else { vec![response(query)] }
    });
    let counter = Arc::new(Counter::default());
    let mut run = Run::new(server.address, 300);
    run.client = run.client.recorded_by(Arc::<Counter>::clone(&counter));
    run.all_answered_but(|number| number.is_multiple_of(10), &Failure::Timeout).await;
    assert_eq!(*counter.0.lock().unwrap(), (270, 30));
}

#[tokio::test]
async fn an_address_that_is_down_is_not_asked() {
    let server = Server::answering(|query| vec![response(query)]);
    let run = Run::new(server.address, 10);
    let health = run.client.health.of(&run.target);
    let now = Instant::now();
    for _ in 0..32 {
        health.record(&Err::<(), _>(Failure::HostUnreachable), now, now + Duration::from_secs(1));
    }
    run.all_failed(&Failure::HostUnreachable).await;
    assert_eq!(server.connections(), 0);
    // The connection is the probe when one is due.
    sleep(Duration::from_millis(1300)).await;
    run.all_answered().await;
    assert!(health.admit(Instant::now()).is_ok());
}
