package office

import (
	"context"

	"github.com/openchancery/chancery/fund"
	"github.com/openchancery/chancery/money"
)

// ReceiveContribution books money in, by the code of who gave it.
func (o *Office) ReceiveContribution(ctx context.Context, by By, programme, contributor string, amount money.Amount) (fund.Contribution, error) {
	var answer fund.Contribution
	request := struct {
		Contributor string
		Amount      money.Amount
	}{contributor, amount}
	_, err := o.perform(ctx, ActReceiveContribution, by, programme, request, &answer, func(p *performance) error {
		var err error
		if answer, err = fund.Contribute(contributor, amount); err != nil {
			return err
		}
		if err := p.enterAccount(fund.Contributions, fund.KindContribution, answer); err != nil {
			return err
		}
		return p.commit()
	})
	return answer, err
}
