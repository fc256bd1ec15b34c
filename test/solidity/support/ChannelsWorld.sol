// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PaymentChannels} from "../../../contracts/PaymentChannels.sol";
import {RelayRegistry} from "../../../contracts/RelayRegistry.sol";
import {BlockhashBeacon} from "../../../contracts/beacons/BlockhashBeacon.sol";
import {IERC20Burnable} from "../../../contracts/interfaces/IERC20Burnable.sol";
import {IPaymentChannels} from "../../../contracts/interfaces/IPaymentChannels.sol";
import {IRelayRegistry} from "../../../contracts/interfaces/IRelayRegistry.sol";
import {WaybillToken} from "../../../contracts/token/WaybillToken.sol";
import {RelayId} from "../../../contracts/types/RelayId.sol";
import {CurvePoints} from "./CurvePoints.sol";
import {VrfProver} from "./VrfProver.sol";

interface WorldVm {
    function addr(uint256 secret) external pure returns (address);
    function chainId(uint256 id) external;
    function prank(address sender) external;
    function sign(
        uint256 secret,
        bytes32 digest
    ) external pure returns (uint8 v, bytes32 r, bytes32 s);
    function warp(uint256 time) external;
}

/// @title ChannelsWorld
/// @notice Channels over a registry with relays, and whatever tickets and proofs a test asks for.
contract ChannelsWorld {
    WorldVm internal constant VM = WorldVm(address(uint160(uint256(keccak256("hevm cheat code")))));

    struct Relay {
        RelayId id;
        address owner;
        address agent;
        uint256 vrfSecret;
    }

    struct Ticket {
        bytes32 channel;
        uint32 generation;
        uint32 epoch;
        uint8 layer;
        uint48 index;
        bytes32 response;
        bytes32 r;
        bytes32 vs;
    }

    uint64 internal constant GENESIS = 1;
    uint32 internal constant EPOCH_LENGTH = 100;
    uint32 internal constant WINDOW = 3;
    uint32 internal constant NOTICE = (WINDOW + 2) * EPOCH_LENGTH + 1;
    uint16 internal constant BURN_BPS = 777;
    uint128 internal constant BOND = 1_000;

    WaybillToken public token;
    RelayRegistry public registry;
    PaymentChannels public channels;

    /// @dev Every ticket wins: what the draw does is tested elsewhere.
    function _build(uint128 netFee) internal {
        token = new WaybillToken(address(this), 10 ** 30, 0, 0, 1);
        registry = new RelayRegistry(
            IRelayRegistry.Parameters({
                token: token,
                beacon: new BlockhashBeacon(GENESIS, EPOCH_LENGTH, 1),
                genesis: GENESIS,
                epochLength: EPOCH_LENGTH,
                eraLength: 3,
                bond: BOND,
                settlementWindow: WINDOW,
                unbondingEpochs: 5
            })
        );
        channels = new PaymentChannels(
            IPaymentChannels.Parameters({
                token: IERC20Burnable(address(token)),
                registry: registry,
                netFee: netFee,
                burnShareBps: BURN_BPS,
                winProb: type(uint64).max,
                redemptionWindow: WINDOW,
                noticePeriod: NOTICE,
                meanDelayMillis: 600
            })
        );
    }

    function _joinRelay(
        uint256 vrfSecret,
        address owner,
        address agent
    ) internal returns (Relay memory) {
        CurvePoints.Point memory key = VrfProver.publicKey(vrfSecret);
        RelayId id = registry.relayIdOf(owner, key.x, key.y);
        token.transfer(owner, BOND);
        VM.prank(owner);
        token.approve(address(registry), BOND);
        IRelayRegistry.JoinRequest memory request = IRelayRegistry.JoinRequest({
            agent: agent,
            earningsRecipient: owner,
            vrfX: key.x,
            vrfY: key.y,
            packetX: key.x,
            packetY: key.y,
            multiaddr: "/ip4/127.0.0.1/tcp/1",
            possession: VrfProver.prove(vrfSecret, 11, abi.encodePacked("waybill possession", id))
        });
        VM.prank(owner);
        registry.join(request);
        return Relay(id, owner, agent, vrfSecret);
    }

    /// @return A ticket of a lone packet, signed for this contract on the present chain.
    function _ticket(
        uint256 signerSecret,
        bytes32 channel,
        uint32 generation,
        uint32 epoch,
        uint8 layer,
        uint48 index
    ) internal view returns (Ticket memory) {
        bytes32 response = keccak256(abi.encode(channel, generation, epoch, index));
        bytes32 leaf = keccak256(
            abi.encodePacked("waybill ticket", index, keccak256(abi.encode(response)))
        );
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256(
                    "TicketBatch(bytes32 channelId,uint32 generation,uint32 epoch,"
                    "uint128 amount,uint64 winProb,bytes32 root)"
                ),
                channel,
                generation,
                epoch,
                channels.ticketAmounts()[layer],
                channels.winProb(),
                leaf
            )
        );
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", _separator(), structHash));
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(signerSecret, digest);
        bytes32 vs = bytes32(uint256(s) | (uint256(v - 27) << 255));
        return Ticket(channel, generation, epoch, layer, index, response, r, vs);
    }

    function _separator() internal view returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    keccak256(
                        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
                    ),
                    keccak256("Waybill"),
                    keccak256("1"),
                    this.chainNow(),
                    address(channels)
                )
            );
    }

    function _group(
        bytes32 payer,
        address signer,
        bytes memory tickets,
        uint16 count
    ) internal pure returns (bytes memory) {
        return abi.encodePacked(payer, signer, count, tickets);
    }

    function _packed(Ticket memory ticket) internal pure returns (bytes memory) {
        return
            abi.encodePacked(
                uint8(ticket.layer << 4),
                ticket.index,
                ticket.response,
                ticket.r,
                ticket.vs
            );
    }

    /// @notice Redeems as the relay's agent, who makes the proof on the spot.
    function _redeem(Relay memory relay, uint32 epoch, bytes memory claims) internal {
        CurvePoints.Point memory key = VrfProver.publicKey(relay.vrfSecret);
        bytes memory proof = VrfProver.prove(
            relay.vrfSecret,
            13,
            channels.ticketVrfInput(relay.id, epoch)
        );
        VM.prank(relay.agent);
        channels.redeem(relay.id, epoch, key.x, key.y, proof, claims);
    }

    /// @dev The optimiser reads time and chain id once a call, since a real chain cannot change them; a test
    /// that has changed them asks again from outside.
    function timeNow() external view returns (uint256) {
        return block.timestamp;
    }

    function chainNow() external view returns (uint256) {
        return block.chainid;
    }

    function _epoch() internal view returns (uint32) {
        return uint32((block.timestamp - GENESIS) / EPOCH_LENGTH);
    }
}
