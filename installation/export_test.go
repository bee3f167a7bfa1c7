package installation

import (
	"context"

	"github.com/openchancery/chancery/office"
)

// OpenEpochUpTo opens an epoch and ends where done says so.
func (i *Installation) OpenEpochUpTo(ctx context.Context, by office.By, reason office.EpochReason, done func(step string) error) (*EpochOpened, error) {
	return i.openEpoch(ctx, by, reason, done)
}

// WitnessState is what doctor says of the witnesses.
func (i *Installation) WitnessState(ctx context.Context) []error {
	return i.witnessState(ctx, Options{})
}

// MoveUpTo moves, and tells done of each step; an error of it ends the work there,
// as a crash would.
func MoveUpTo(ctx context.Context, dir string, m Moving, done func(step string) error) (*Moved, error) {
	return move(ctx, dir, m, Options{}, done)
}

// RestoreUpTo restores, and tells step of each step that counts; an error of it
// ends the work there, as a crash would.
func RestoreUpTo(ctx context.Context, r Restoration, step func(string) error) (*Restored, error) {
	return bringBack(ctx, r, Options{}, step)
}

// BareBucket is a bucket's address as a backup says it.
var BareBucket = bareBucket
