"""What goes wrong after a payment: disputes, refunds that come back; and money that goes on to the bank."""


def test_a_dispute_takes_the_money_and_a_fee_and_gives_both_back_when_it_is_won(api, till, farmhouse, paid):
    intent = paid()
    dispute = till.control("dispute", payment_intent=intent.id)
    seen = api.v1.disputes.retrieve(dispute["id"])
    assert [(one.amount, one.fee) for one in seen.balance_transactions] == [(-113_050, 2_000)]
    till.control("close_dispute", dispute=dispute["id"], won="true")
    seen = api.v1.disputes.retrieve(dispute["id"])
    assert (seen.status, sum(one.net for one in seen.balance_transactions)) == ("won", 0)
    assert till.wait_until_delivered()
    assert [kind for kind in farmhouse.types() if "dispute" in kind] == [
        "charge.dispute.created", "charge.dispute.funds_withdrawn",
        "charge.dispute.funds_reinstated", "charge.dispute.closed",
    ]  # fmt: skip


def test_a_lost_dispute_keeps_the_money(api, till, paid):
    dispute = till.control("dispute", payment_intent=paid().id)
    till.control("close_dispute", dispute=dispute["id"])
    [dispute] = api.v1.disputes.list({}).data
    assert (dispute.status, sum(one.net for one in dispute.balance_transactions)) == ("lost", -115_050)


def test_one_card_disputes_by_itself(api, paid):
    paid("4000000000000259")
    assert [dispute.reason for dispute in api.v1.disputes.list({}).data] == ["fraudulent"]


def test_a_refund_may_fail_weeks_later(api, till, farmhouse, paid):
    intent = paid()
    refund = api.v1.refunds.create({"payment_intent": intent.id, "amount": 1_000})
    till.control("fail_refund", refund=refund.id)
    assert api.v1.refunds.retrieve(refund.id).status == "failed"
    assert api.v1.charges.retrieve(intent.latest_charge.id).amount_refunded == 0
    assert till.wait_until_delivered()
    assert farmhouse.types()[-2:] == ["refund.failed", "charge.refund.updated"]


def test_what_stands_in_the_account_goes_to_the_bank(api, till, paid):
    paid()
    payout = till.control("pay_out")
    assert payout["amount"] == 113_050 - 1_721
    assert [one.amount for one in api.v1.payouts.list({}).data] == [113_050 - 1_721]
    assert sum(one.net for one in api.v1.balance_transactions.list({"limit": 100}).data) == 0


def test_time_outs_after_the_charge_come_on_demand_and_change_nothing(api, till, paid):
    till.control("faults", stall="1", stall_for="0.01", stall_path="/v1/refunds")
    intent = paid()
    api.v1.refunds.create({"payment_intent": intent.id, "amount": 1_000}, {"idempotency_key": "r"})
    api.v1.refunds.create({"payment_intent": intent.id, "amount": 1_000}, {"idempotency_key": "r"})
    assert [one.amount for one in api.v1.refunds.list({}).data] == [1_000]
    assert till.faults.stall == 0
