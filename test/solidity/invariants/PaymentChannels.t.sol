// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PaymentChannels} from "../../../contracts/PaymentChannels.sol";
import {ChannelStatus} from "../../../contracts/types/ChannelWord.sol";
import {RelayId} from "../../../contracts/types/RelayId.sol";
import {ChannelsModel} from "./ChannelsModel.sol";

/// @dev Hardhat hands the fuzzer only contracts out of files that end in .t.sol.
contract FuzzedChannelsModel is ChannelsModel {}

/// @dev README.md beside this file says each invariant in one sentence.
contract PaymentChannelsInvariants {
    ChannelsModel private model;
    PaymentChannels private channels;

    /// @dev What the last check saw, for what may only move one way.
    uint256[4] private _deadlines;
    uint256[4] private _generations;
    uint256[4] private _nextIndexes;

    function setUp() external {
        model = new FuzzedChannelsModel();
        channels = model.channels();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(model);
    }

    // Each function is a campaign of its own, so those that look at the same things share one.

    function invariant_C1_C2_MoneyAddsUpAndNoTicketIsPaidTwice() external view {
        _checkTokensHeld();
        assert(model.mostTimesPaid() <= 1);
        assert(model.paidOut() == model.creditedOrToBurn());
    }

    function invariant_C3_C4_C5_StateIsAsTheModelSays() external view {
        _checkChannels();
        _checkMoneyOutsideChannels();
    }

    function _checkTokensHeld() private view {
        uint256 owed = 0;
        ChannelsModel.Modelled[] memory all = model.modelled();
        for (uint256 i = 0; i < all.length; ++i) {
            (uint128 balance, , , , ) = channels.channelState(all[i].id);
            owed += balance;
        }
        for (uint256 i = 0; i < 2; ++i) {
            (RelayId id, , , ) = model.relays(i);
            (uint128 credit, uint128 owedBurn) = channels.earningsOf(id);
            owed += uint256(credit) + owedBurn + channels.refundOf(model.accounts(i));
        }
        assert(model.token().balanceOf(address(channels)) == owed);
        assert(owed == model.deposited() - model.withdrawn() - model.burned());
    }

    function _checkChannels() private view {
        ChannelsModel.Modelled[] memory all = model.modelled();
        for (uint256 i = 0; i < all.length; ++i) {
            (
                uint128 balance,
                uint48 nextIndex,
                uint32 generation,
                ChannelStatus status,
                uint40 closableAt
            ) = channels.channelState(all[i].id);
            assert(balance == all[i].balance);
            assert(nextIndex == all[i].nextIndex);
            assert(generation == all[i].generation);
            assert(status == all[i].status);
            assert(closableAt == all[i].closableAt);
            if (status == ChannelStatus.Closed)
                assert(balance == 0 && nextIndex == 0 && closableAt == 0);
        }
    }

    function _checkMoneyOutsideChannels() private view {
        for (uint256 i = 0; i < 2; ++i) {
            (RelayId id, , , ) = model.relays(i);
            (uint128 credit, uint128 owedBurn) = channels.earningsOf(id);
            assert(credit == model.credit(i));
            assert(owedBurn == model.owedBurn(i));
            address account = model.accounts(i);
            assert(channels.refundOf(account) == model.refunds(account));
        }
    }

    function invariant_C6_DeadlinesStayAndIndexesOnlyRise() external {
        ChannelsModel.Modelled[] memory all = model.modelled();
        for (uint256 i = 0; i < all.length; ++i) {
            (, uint48 nextIndex, uint32 generation, , uint40 closableAt) = channels.channelState(
                all[i].id
            );
            assert(all[i].deadlinesBroken == 0);
            assert(generation >= _generations[i]);
            if (generation == _generations[i]) {
                assert(nextIndex >= _nextIndexes[i]);
                assert(_deadlines[i] == 0 || closableAt == _deadlines[i]);
            }
            (_generations[i], _nextIndexes[i], _deadlines[i]) = (generation, nextIndex, closableAt);
        }
    }
}
