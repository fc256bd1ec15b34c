// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RelayRegistry} from "../../../contracts/RelayRegistry.sol";
import {BlockhashBeacon} from "../../../contracts/beacons/BlockhashBeacon.sol";
import {IRelayRegistry} from "../../../contracts/interfaces/IRelayRegistry.sol";
import {WaybillToken} from "../../../contracts/token/WaybillToken.sol";
import {RelayId} from "../../../contracts/types/RelayId.sol";
import {RegistryModel} from "./RegistryModel.sol";

/// @dev Hardhat hands the fuzzer only contracts out of files that end in .t.sol. It is the registry's
/// lottery as well, so that it can jail whom it likes.
contract FuzzedRegistryModel is RegistryModel {
    constructor(RelayRegistry registry_, WaybillToken token_) RegistryModel(registry_, token_) {}

    function jail(uint8 pick) external {
        if (_relays.length == 0) return;
        Modelled storage relay = _relays[pick % _relays.length];
        bool allowed = relay.status == IRelayRegistry.Status.Joined;
        try registry.jail(relay.id) {
            assert(allowed);
            _isJailed(relay);
        } catch {
            assert(!allowed);
        }
    }
}

/// @dev README.md beside this file says each invariant in one sentence.
contract RelayRegistryInvariants {
    uint64 private constant GENESIS = 1;
    uint32 private constant EPOCH_LENGTH = 100;
    uint32 private constant WINDOW = 3;

    RelayRegistry private registry;
    RegistryModel private model;
    WaybillToken private token;

    function setUp() external {
        token = new WaybillToken(address(this), 10 ** 24, 0, 0, 1);
        registry = new RelayRegistry(
            IRelayRegistry.Parameters({
                token: token,
                beacon: new BlockhashBeacon(GENESIS, EPOCH_LENGTH, 1),
                genesis: GENESIS,
                epochLength: EPOCH_LENGTH,
                eraLength: 3,
                bond: 1_000,
                settlementWindow: WINDOW,
                unbondingEpochs: 5
            })
        );
        model = new FuzzedRegistryModel(registry, token);
        registry.connectLottery(address(model));
        token.transfer(address(model), 10 ** 23);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(model);
    }

    function invariant_R1_ClosedErasStayAsTheyWere() external view {
        uint256 open = model.openEra();
        // The latest ones, and an old one that differs from step to step.
        uint256 steps = open < 3 ? open : 3;
        for (uint256 back = 1; back <= steps; ++back)
            _checkSet(uint32(open - back), model.closedSet(open - back));
        uint256 old = uint256(keccak256(abi.encode(block.timestamp, model.donated()))) % open;
        _checkSet(uint32(old), model.closedSet(old));
    }

    function invariant_R2_TheOpenEraHoldsEveryMemberOnce() external view {
        assert(registry.openEra() == model.openEra());
        RelayId[] memory set = model.openSet();
        _checkSet(uint32(model.openEra()), set);
        for (uint256 i = 0; i < set.length; ++i)
            for (uint256 j = 0; j < i; ++j)
                assert(registry.relayAt(registry.openEra(), i) != set[j]);
    }

    function invariant_R3_BondsAreHeld() external view {
        RegistryModel.Modelled[] memory relays = model.relays();
        uint256 bonded = 0;
        for (uint256 i = 0; i < relays.length; ++i)
            if (relays[i].status != IRelayRegistry.Status.Withdrawn) ++bonded;

        assert(registry.bondedRelays() == bonded);
        assert(token.balanceOf(address(registry)) == bonded * registry.bond() + model.donated());
    }

    function invariant_R4_R6_StatesAndVotesAreTheModels() external view {
        RegistryModel.Modelled[] memory relays = model.relays();
        uint32 era = model.runningEra();
        for (uint256 i = 0; i < relays.length; ++i) {
            RelayId id = relays[i].id;
            assert(registry.statusOf(id) == relays[i].status);
            assert(registry.bondFreeEpoch(id) == relays[i].bondFreeEpoch);
            assert(registry.jailedFromEra(id) == relays[i].jailedFromEra);
            assert(registry.ejectionVotes(era, id) == model.votesIn(era, id));
        }
    }

    function invariant_R5_PacketKeysAreThoseAnnounced() external view {
        RegistryModel.Modelled[] memory relays = model.relays();
        uint32 epoch = model.epoch();
        for (uint256 i = 0; i < relays.length; ++i)
            for (uint32 e = epoch < WINDOW ? 0 : epoch - WINDOW; e <= epoch + 2; ++e) {
                RegistryModel.Key memory key = model.keyIn(relays[i].id, e);
                (uint256 x, uint256 y) = registry.packetKeyAt(relays[i].id, e);
                assert(x == key.x && y == key.y);
            }
    }

    function _checkSet(uint32 era, RelayId[] memory set) private view {
        assert(registry.relayCount(era) == set.length);
        RegistryModel.Modelled[] memory relays = model.relays();
        uint256 active = 0;
        for (uint256 i = 0; i < set.length; ++i) assert(registry.relayAt(era, i) == set[i]);
        for (uint256 i = 0; i < relays.length; ++i)
            if (registry.isActive(era, relays[i].id)) ++active;
        assert(active == set.length);
    }
}
