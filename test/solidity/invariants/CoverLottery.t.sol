// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PaymentChannels} from "../../../contracts/PaymentChannels.sol";
import {RelayRegistry} from "../../../contracts/RelayRegistry.sol";
import {IRelayRegistry} from "../../../contracts/interfaces/IRelayRegistry.sol";
import {MintingRewards} from "../../../contracts/rewards/MintingRewards.sol";
import {WaybillToken} from "../../../contracts/token/WaybillToken.sol";
import {RelayId} from "../../../contracts/types/RelayId.sol";
import {LotteryHarness} from "../support/LotteryHarness.sol";
import {LotteryWorld} from "../support/LotteryWorld.sol";
import {LotteryModel} from "./LotteryModel.sol";
import {RegistryModel, Vm} from "./RegistryModel.sol";

/// @dev Hardhat hands the fuzzer only contracts out of files that end in .t.sol.
contract FuzzedLotteryModel is LotteryModel {
    constructor(
        LotteryHarness lottery_,
        RelayRegistry registry_,
        WaybillToken token_,
        MintingRewards rewards_,
        PaymentChannels channels_
    ) LotteryModel(lottery_, registry_, token_, rewards_, channels_) {}
}

/// @dev README.md beside this file says each invariant in one sentence.
contract CoverLotteryInvariants is LotteryWorld {
    Vm private constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    uint8 private constant RELAYS = 9;

    LotteryModel private model;

    /// @dev Nine relays, active since era 1, whose first epoch has begun.
    function setUp() external {
        VM.warp(GENESIS);
        _build();
        model = new FuzzedLotteryModel(lottery, registry, token, rewards, channels);
        token.transfer(address(model), 10 ** 20);
        for (uint8 i = 0; i < RELAYS; ++i) model.join(i);
        for (uint32 i = 0; i < ERA_LENGTH; ++i) model.play(0);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(model);
    }

    /// @dev One function: each would be a campaign of its own.
    function invariant_L1_L2_L3_L4_L5_L6_L7_WhatIsPaidIsTheModels() external view {
        _checkMoney();
        assert(model.mostTimesPaid() <= 1);
        assert(!model.outsiderPaid());
        _checkRelays();
    }

    function _checkRelays() private view {
        RegistryModel.Modelled[] memory relays = model.relays();
        for (uint256 i = 0; i < relays.length; ++i) {
            RelayId id = relays[i].id;
            assert(registry.statusOf(id) == relays[i].status);
            assert(registry.jailedFromEra(id) == relays[i].jailedFromEra);
            if (relays[i].status == IRelayRegistry.Status.Withdrawn) _checkNothingOpen(id);
        }
    }

    function _checkMoney() private view {
        assert(token.totalSupply() == SUPPLY + model.allMinted());
        assert(model.mostMinted() <= MINT_CAP);
        assert(rewards.available() == model.available());
        RegistryModel.Modelled[] memory relays = model.relays();
        uint256 won = 0;
        uint256 earned = 0;
        for (uint256 i = 0; i < relays.length; ++i) {
            RelayId id = relays[i].id;
            (uint128 credit, ) = channels.earningsOf(id);
            assert(credit == model.earned(id));
            assert(lottery.rewardsOf(id) == model.won(id));
            earned += credit;
            won += model.won(id);
        }
        assert(rewards.reserved() == won && lottery.totalRewards() == won);
        assert(token.balanceOf(address(rewards)) == won + model.free());
        assert(token.balanceOf(address(channels)) == earned + model.inChannel());
        assert(token.balanceOf(address(lottery)) == 0);
    }

    function _checkNothingOpen(RelayId id) private view {
        uint32 epoch = model.epoch();
        for (uint32 e = epoch < WINDOW ? 0 : epoch - WINDOW; e <= epoch; ++e)
            assert(!model.wasActive(e / ERA_LENGTH, id));
    }
}
