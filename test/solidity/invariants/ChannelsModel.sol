// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPaymentChannels} from "../../../contracts/interfaces/IPaymentChannels.sol";
import {ChannelId} from "../../../contracts/types/ChannelId.sol";
import {ChannelStatus} from "../../../contracts/types/ChannelWord.sol";
import {PayerId} from "../../../contracts/types/PayerId.sol";
import {RelayId} from "../../../contracts/types/RelayId.sol";
import {ChannelsWorld} from "../support/ChannelsWorld.sol";

/// @title ChannelsModel
/// @notice Does random things to payment channels and keeps, field by field, what should come of them.
/// Each action predicts whether the contract takes it and fails when it decides otherwise.
contract ChannelsModel is ChannelsWorld {
    struct Modelled {
        ChannelId id;
        IPaymentChannels.Parties parties;
        uint256 signerSecret;
        /// @dev Who opens and closes it.
        address payer;
        uint8 relay;
        uint256 balance;
        uint256 nextIndex;
        uint256 generation;
        ChannelStatus status;
        uint256 closableAt;
        uint256 deadlinesBroken;
    }

    address internal constant STRANGER = address(0x9999);
    uint256 private constant MOST_TICKETS = 64;

    Relay[] public relays;
    address[2] public accounts = [address(0x2000), address(0x2001)];
    Modelled[] private _modelled;
    Ticket[] private _issued;

    uint256[2] public credit;
    uint256[2] public owedBurn;
    mapping(address account => uint256 amount) public refunds;

    uint256 public deposited;
    uint256 public withdrawn;
    uint256 public burned;
    uint256 public paidOut;
    uint256 public creditedOrToBurn;
    /// @dev How often a ticket was paid, by channel, generation and index.
    mapping(bytes32 ticket => uint256 times) private _paid;
    uint256 public mostTimesPaid;

    constructor() {
        VM.warp(GENESIS);
        _build(1_000);
        relays.push(_joinRelay(7, address(0x1000), address(0x1100)));
        relays.push(_joinRelay(8, address(0x1001), address(0x1101)));
        _add(_account(accounts[0]), accounts[0], IPaymentChannels.PayerKind.Account, 0);
        _add(_account(accounts[1]), accounts[1], IPaymentChannels.PayerKind.Account, 0);
        _add(_account(accounts[0]), accounts[0], IPaymentChannels.PayerKind.Account, 1);
        bytes32 relayOne = RelayId.unwrap(relays[1].id);
        _add(relayOne, relays[1].agent, IPaymentChannels.PayerKind.Relay, 0);
    }

    // ---- Actions ----

    function open(uint8 which, uint64 amount) external {
        Modelled storage channel = _pick(which);
        _provide(channel.payer, amount);
        VM.prank(channel.payer);
        try channels.open(channel.parties, amount) {
            assert(channel.status == ChannelStatus.Closed);
            channel.status = ChannelStatus.Open;
            channel.nextIndex = 1;
            channel.balance = amount;
            deposited += amount;
        } catch {
            assert(channel.status != ChannelStatus.Closed);
        }
    }

    function fund(uint8 which, uint64 amount, bool stranger) external {
        Modelled storage channel = _pick(which);
        address from = stranger ? STRANGER : channel.payer;
        _provide(from, amount);
        VM.prank(from);
        try channels.fund(channel.id, amount) {
            assert(channel.status == ChannelStatus.Open && amount > 0);
            channel.balance += amount;
            deposited += amount;
        } catch {
            assert(channel.status != ChannelStatus.Open || amount == 0);
        }
    }

    function fundFromEarnings(uint8 which, uint8 relay, uint64 amount) external {
        Modelled storage channel = _pick(which);
        relay %= 2;
        VM.prank(relays[relay].owner);
        try channels.fundFromEarnings(relays[relay].id, channel.id, amount) {
            assert(channel.status == ChannelStatus.Open && amount <= credit[relay]);
            credit[relay] -= amount;
            channel.balance += amount;
        } catch {
            assert(channel.status != ChannelStatus.Open || amount > credit[relay]);
        }
    }

    function initiateClose(uint8 which) external {
        Modelled storage channel = _pick(which);
        VM.prank(channel.payer);
        try channels.initiateClose(channel.parties) {
            assert(channel.status == ChannelStatus.Open);
            channel.status = ChannelStatus.Closing;
            channel.closableAt = block.timestamp + NOTICE;
        } catch {
            assert(channel.status != ChannelStatus.Open);
        }
    }

    function finaliseClose(uint8 which) external {
        Modelled storage channel = _pick(which);
        bool due = channel.status == ChannelStatus.Closing && block.timestamp >= channel.closableAt;
        VM.prank(channel.payer);
        try channels.finaliseClose(channel.parties) {
            if (!due) ++channel.deadlinesBroken;
            _closed(channel);
        } catch {
            assert(!due);
        }
    }

    function closeAsRelay(uint8 which, bool asOwner) external {
        Modelled storage channel = _pick(which);
        Relay storage relay = relays[channel.relay];
        VM.prank(asOwner ? relay.owner : relay.agent);
        try channels.closeAsRelay(channel.parties) {
            assert(channel.status != ChannelStatus.Closed);
            _closed(channel);
        } catch {
            assert(channel.status == ChannelStatus.Closed);
        }
    }

    /// @notice Issues a ticket of any channel that can be redeemed from the next epoch on. Some carry an
    /// index of before, and some a signature of somebody else.
    function issue(uint8 which, uint8 layer, uint16 ahead, bool forged) external {
        if (_issued.length == MOST_TICKETS) return;
        Modelled storage channel = _pick(which);
        uint256 from = channel.nextIndex > 3 ? channel.nextIndex - 3 : 0;
        _issued.push(
            _ticket(
                forged ? 0xbad : channel.signerSecret,
                ChannelId.unwrap(channel.id),
                uint32(channel.generation),
                _epoch(),
                layer % 3,
                uint48(from + (ahead % 16))
            )
        );
    }

    /// @notice Redeems what was issued for one epoch, old tickets again among them, in any order.
    function redeem(uint8 relay, uint8 back, uint256 order) external {
        relay %= 2;
        uint32 epoch = _epoch();
        back = 1 + (back % uint8(WINDOW));
        if (epoch < back) return;
        epoch -= back;
        bytes memory claims;
        uint256 paid = 0;
        for (uint256 i = 0; i < _issued.length; ++i) {
            Ticket memory ticket = _issued[(order ^ i) % _issued.length];
            (bool known, Modelled storage channel) = _of(ticket.channel);
            if (!known || channel.relay != relay || ticket.epoch != epoch) continue;
            bytes32 payer = PayerId.unwrap(
                channels.payerIdOf(channel.parties.kind, channel.parties.payer)
            );
            claims = abi.encodePacked(
                claims,
                _group(payer, channel.parties.ticketSigner, _packed(ticket), 1)
            );
            paid += _predict(channel, ticket);
        }
        if (claims.length == 0) return;
        _redeem(relays[relay], epoch, claims);

        uint256 toBurn = (paid * BURN_BPS) / 10_000;
        credit[relay] += paid - toBurn;
        owedBurn[relay] += toBurn;
        creditedOrToBurn += paid;
    }

    function withdraw(uint8 relay, uint64 amount) external {
        relay %= 2;
        VM.prank(relays[relay].owner);
        try channels.withdraw(relays[relay].id, amount) {
            assert(amount <= credit[relay]);
            credit[relay] -= amount;
            withdrawn += amount;
            burned += owedBurn[relay];
            owedBurn[relay] = 0;
        } catch {
            assert(amount > credit[relay]);
        }
    }

    function burnOwed(uint8 relay) external {
        relay %= 2;
        VM.prank(STRANGER);
        channels.burnOwed(relays[relay].id);
        burned += owedBurn[relay];
        owedBurn[relay] = 0;
    }

    function withdrawRefund(uint8 which, uint64 amount) external {
        address account = accounts[which % 2];
        VM.prank(account);
        try channels.withdrawRefund(account, amount) {
            assert(amount <= refunds[account]);
            refunds[account] -= amount;
            withdrawn += amount;
        } catch {
            assert(amount > refunds[account]);
        }
    }

    function pass(uint16 time) external {
        VM.warp(block.timestamp + 1 + (time % (2 * EPOCH_LENGTH)));
    }

    /// @notice A stranger tries everything that is not for strangers.
    function trespass(uint8 which, uint8 call, uint64 amount) external {
        Modelled storage channel = _pick(which);
        RelayId relay = relays[channel.relay].id;
        bytes[7] memory calls = [
            abi.encodeCall(channels.open, (channel.parties, 0)),
            abi.encodeCall(channels.initiateClose, (channel.parties)),
            abi.encodeCall(channels.finaliseClose, (channel.parties)),
            abi.encodeCall(channels.closeAsRelay, (channel.parties)),
            abi.encodeCall(channels.withdraw, (relay, amount)),
            abi.encodeCall(channels.fundFromEarnings, (relay, channel.id, amount)),
            abi.encodeCall(channels.setAgentAllowance, (relay, amount))
        ];
        VM.prank(STRANGER);
        (bool success, ) = address(channels).call(calls[call % 7]);
        assert(!success);
    }

    // ---- What should be ----

    function modelled() external view returns (Modelled[] memory) {
        return _modelled;
    }

    /// @return paid What the contract should pay for the ticket, which the model then books.
    function _predict(
        Modelled storage channel,
        Ticket memory ticket
    ) private returns (uint256 paid) {
        bool signed = ticket.r == _signedBy(channel, ticket).r;
        if (channel.status == ChannelStatus.Closed || channel.balance == 0) return 0;
        if (ticket.index < channel.nextIndex) return 0;
        if (!signed || ticket.generation != channel.generation) return 0;

        uint256 due = channels.ticketAmounts()[ticket.layer];
        paid = due < channel.balance ? due : channel.balance;
        channel.balance -= paid;
        channel.nextIndex = uint256(ticket.index) + 1;
        paidOut += paid;
        bytes32 key = keccak256(abi.encode(ticket.channel, ticket.generation, ticket.index));
        if (++_paid[key] > mostTimesPaid) mostTimesPaid = _paid[key];
    }

    function _signedBy(
        Modelled storage channel,
        Ticket memory ticket
    ) private view returns (Ticket memory) {
        return
            _ticket(
                channel.signerSecret,
                ticket.channel,
                ticket.generation,
                ticket.epoch,
                ticket.layer,
                ticket.index
            );
    }

    function _closed(Modelled storage channel) private {
        if (channel.parties.kind == IPaymentChannels.PayerKind.Relay) credit[1] += channel.balance;
        else refunds[channel.payer] += channel.balance;
        channel.balance = 0;
        channel.nextIndex = 0;
        channel.closableAt = 0;
        channel.status = ChannelStatus.Closed;
        ++channel.generation;
    }

    function _of(bytes32 id) private view returns (bool, Modelled storage) {
        for (uint256 i = 0; i < _modelled.length; ++i)
            if (ChannelId.unwrap(_modelled[i].id) == id) return (true, _modelled[i]);
        return (false, _modelled[0]);
    }

    function _pick(uint8 which) private view returns (Modelled storage) {
        return _modelled[which % _modelled.length];
    }

    function _provide(address to, uint256 amount) private {
        token.transfer(to, amount);
        VM.prank(to);
        token.approve(address(channels), amount);
    }

    function _account(address account) private pure returns (bytes32) {
        return bytes32(uint256(uint160(account)));
    }

    function _add(
        bytes32 payerKey,
        address payer,
        IPaymentChannels.PayerKind kind,
        uint8 relay
    ) private {
        uint256 secret = 0x51 + _modelled.length;
        Modelled storage channel = _modelled.push();
        channel.parties = IPaymentChannels.Parties(
            kind,
            payerKey,
            VM.addr(secret),
            relays[relay].id
        );
        channel.id = channels.channelIdOf(channel.parties);
        channel.signerSecret = secret;
        channel.payer = payer;
        channel.relay = relay;
    }
}
