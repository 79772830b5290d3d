from ..billing.common import BillingCommon


class CertificateCommon(BillingCommon):
    """A company that issues a payment certificate with each bill."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.milestone_certificate = "automatic"

    @classmethod
    def create_two_phases(cls):
        """Return a confirmed order of 100,000: a shell of 60 % and a fit-out, 10 % retained."""
        plan = [cls.percent("Shell", 60, retention=10), cls.percent("Fit-out", 40, retention=10)]
        return cls.create_order(100_000, plan, confirm=True)

    def issue(self, order):
        """Issue a certificate as the approver, and return it."""
        before = order.sudo().certificate_ids
        order.with_user(self.approver).action_issue_certificate()
        certificate = order.sudo().certificate_ids - before
        self.assert_adds_up(certificate)
        return certificate

    def certificates(self, order):
        """Return the certificates of an order, the first one first."""
        return order.sudo().certificate_ids.sorted("number")

    def last(self, order):
        certificate = order.sudo()._get_last_certificate()
        self.assert_adds_up(certificate)
        return certificate

    def assert_adds_up(self, certificate):
        """Assert that a certificate is the sum of its lines and continues the one before."""
        same = certificate.currency_id.compare_amounts
        lines = certificate.line_ids
        for name, of_lines in (
            ("amount_contract", "value"),
            ("amount_to_date", "amount_to_date"),
            ("amount_to_finish", "amount_to_finish"),
            ("retention_to_date", "retention_amount"),
        ):
            self.assertFalse(same(certificate[name], sum(lines.mapped(of_lines))), name)
        for line in lines:
            self.assertFalse(same(line.amount_previous + line.amount_now, line.amount_to_date))
            self.assertFalse(same(line.amount_to_date + line.amount_to_finish, line.value))
        net = certificate.amount_to_date - certificate.retention_to_date
        net += certificate.retention_released - certificate.advance_recovered
        self.assertFalse(same(net, certificate.amount_previous + certificate.amount_net))
        payable = certificate.amount_net + certificate.amount_tax
        self.assertFalse(same(payable, certificate.amount_payable))
        self.assertTrue(certificate.is_intact)

    def figures(self, certificate):
        """Return what is done to date, retained, certified before, and to pay before tax."""
        return (
            certificate.amount_to_date,
            certificate.retention_to_date,
            certificate.amount_previous,
            certificate.amount_net,
        )
